/** What `make doctor` makes of the doctor's exit codes. */
import { describe, expect, it } from 'vitest'
import { config, runIn } from './run-script.ts'

interface Settings {
  readonly code?: number
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly env?: string
}

const doctor = ({ code = 0, words = [], environment = { RUNNING: 'id' }, env }: Settings = {}) =>
  runIn(['make', '-s', 'doctor', ...words], {
    files: { model: config },
    environment: { DOCTOR_CODE: String(code), ...environment },
    ...(env === undefined ? {} : { env }),
  })

describe('make doctor', { timeout: 60_000 }, () => {
  it.each([
    [0, 'no findings'],
    [1, 'warnings alone'],
  ])('ends with 0 after %i: %s', async (code) => {
    expect(await doctor({ code })).toEqual({ code: 0, text: 'in exec: gp-supervisor <doctor>\n' })
  })

  it('fails after errors, and says so in one sentence', async () => {
    const { code, text } = await doctor({ code: 2 })
    expect(code).toBe(2)
    expect(text).toMatch(
      /^in exec: gp-supervisor <doctor>\nErrors were found; each is listed with its fix\.\nmake: /,
    )
  })

  it('looks at the volume of a container that does not run, with the same exit codes', async () => {
    const stopped = { RUNNING: '' }
    expect(await doctor({ code: 1, environment: stopped })).toEqual({
      code: 0,
      text: 'in run: gp-supervisor <doctor>\n',
    })
    expect((await doctor({ code: 2, environment: stopped })).code).toBe(2)
  })

  it.each([
    ['the doctor itself fails', { code: 70 }],
    [
      'Compose fails with the code of a warning',
      { environment: { RUNNING: 'id', COMPOSE_FAILS: 'exec run' } },
    ],
  ])('fails when %s', async (_what, settings) => {
    expect((await doctor(settings)).code).toBe(2)
  })

  it('looks at the volume when the container ends under its hands', async () => {
    const { code, text } = await doctor({ code: 1, environment: { RUNNING: 'id', COMPOSE_FAILS: 'exec' } })
    expect(text).toBe('in run: gp-supervisor <doctor>\n')
    expect(code).toBe(0)
  })

  it('passes arguments on, word by word', async () => {
    const { text } = await doctor({ words: [`ARGS=--json "two words"`] })
    expect(text).toBe('in exec: gp-supervisor <doctor> <--json> <two words>\n')
  })

  it('warns of names in .env that nobody uses, and goes on', async () => {
    const { code, text } = await doctor({ env: 'LOG_LEVEL=debug\n' })
    expect(code).toBe(0)
    expect(text).toMatch(/^warning: \.env: LOG_LEVEL .*GP_LOG_LEVEL\?\nin exec: /)
  })
})
