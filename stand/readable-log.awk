# Makes the supervisor's log human-readable: of each JSON line it keeps time, level, component and message, and what
# explains the message. Any other line, such as those of the image's entrypoint, stays as it is.

!/^\{/ { print; next }

{
    printf "%s %s %s: %s", substr(field("time"), 12, 8), field("level"), field("component"), field("msg")
    more("reason")
    more("text")
    more("cause")
    more("fix")
    print ""
}

function more(name,    value) {
    value = field(name)
    if (value != "") printf "\n         %s: %s", name, value
}

# The last field of that name: those of nested objects come before it.
function field(name,    rest, at, value) {
    rest = $0
    while (at = index(rest, "\"" name "\":\"")) rest = substr(rest, at + length(name) + 4)
    if (length(rest) == length($0)) return ""
    if (!match(rest, /^([^"\\]|\\.)*/)) return ""
    value = substr(rest, 1, RLENGTH)
    gsub(/\\n/, "\n         ", value)
    gsub(/\\["]/, "\"", value)
    gsub(/\\\\/, "\\", value)
    return value
}
