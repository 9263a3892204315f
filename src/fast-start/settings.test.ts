import { expect, it } from 'vitest'
import { includedFiles, parseSettings, wholeNumber } from './settings.ts'

const text = `
port=5432 ##port 5432				# sets the database listener port for
#port = 1
Port = 6000
gp_contentid=-1
log_directory 'pg_log'
search_path = '"$user",public'   # a comment
listen_addresses='it''s # here'
max_connections = 2x0
include = 'internal.auto.conf'		# inserted by initdb
`

it('a setting is the last of its name, whatever its spelling', () => {
  const settings = parseSettings(text)
  expect(wholeNumber(settings, 'port')).toBe(6000)
  expect(wholeNumber(settings, 'gp_contentid')).toBe(-1)
  expect(settings.get('log_directory')).toBe('pg_log')
  expect(settings.get('listen_addresses')).toBe("it's # here")
  expect(wholeNumber(settings, 'max_connections')).toBeUndefined()
  expect(wholeNumber(settings, 'gp_dbid')).toBeUndefined()
})

it('further files are found, but for the one that every server includes', () => {
  expect(includedFiles(text)).toEqual([])
  expect(
    includedFiles("include 'own.conf'\ninclude_dir = conf.d\n#include 'no'\ninclude_if_exists='x'"),
  ).toEqual(['own.conf', 'conf.d', 'x'])
})
