# Makes the supervisor's log human-readable, in the form of LOG_FORMAT=pretty (docs/reference/logs.md): of each JSON line
# it keeps time, level, component and message, and what explains the message. Any other line, such as those of the
# image's entrypoint, stays as it is.

BEGIN { indent = "\n             " }

!/^\{/ { print; next }

{
    said = field("msg")
    if (said == "finding") said = field("text") " (" field("id") ")"
    # The last line says in its text what its fields say.
    reason = /,"exitCode":/ ? "" : field("reason")
    if (said == "component changed") {
        said = field("part") " " field("to") (reason == "" ? "" : ": " reason)
        reason = ""
    }
    gsub(/\n/, indent, said)
    printf "%s %-5s %-10s %s", substr(field("time"), 12, 12), field("level"), field("component"), said
    if (reason != "" && length(reason) <= 60 && reason !~ /[ \t\n]/) printf " reason=%s", reason
    else explain("reason", reason)
    explain("cause", field("cause"))
    explain("fix", field("fix"))
    print ""
}

function explain(name, value) {
    if (value == "") return
    if (gsub(/\n/, indent "  ", value)) printf "%s%s:%s  %s", indent, name, indent, value
    else printf "%s%s: %s", indent, name, value
}

# The last field of that name: those of nested objects come before it.
function field(name,    rest, at, value) {
    rest = $0
    while (at = index(rest, "\"" name "\":\"")) rest = substr(rest, at + length(name) + 4)
    if (length(rest) == length($0)) return ""
    if (!match(rest, /^([^"\\]|\\.)*/)) return ""
    value = substr(rest, 1, RLENGTH)
    # An escaped backslash first, so that what follows it is not taken for its escape.
    gsub(/\\\\/, "\001", value)
    gsub(/\\n/, "\n", value)
    gsub(/\\["]/, "\"", value)
    gsub(/\001/, "\\", value)
    return value
}
