# Compares the names in .env with those that the compose files use. It reads the model of the compose files with the
# variables unexpanded (part=compose), then .env (part=env), and prints a warning for each name without effect, with
# the name that was probably meant. Exit code 1: a value that Compose cannot take.

part == "compose" {
    sub(/^[ \t]*(- )?/, "")
    gsub(/\$\$/, "") # an escaped $ is the container's
    if (/^#/) next
    if ($1 == "env_file:") everything_is_passed_on = 1
    if (match($0, /^[A-Za-z_][A-Za-z0-9_]*$/)) used[$0]
    if (match($0, /^[A-Za-z_][A-Za-z0-9_]*[:=]/)) {
        key = substr($0, 1, RLENGTH - 1)
        value = unquoted(substr($0, RLENGTH + 1))
        if (value == "" || value == "null") used[key]
        else if (match(value, /^\$\{?[A-Za-z_][A-Za-z0-9_]*/)) source[key] = variable(value)
        else fixed[key] = value
    }
    while (match($0, /\$\{?[A-Za-z_][A-Za-z0-9_]*/)) {
        used[variable($0)]
        $0 = substr($0, RSTART + RLENGTH)
        some_are_used = 1
    }
}

part == "env" {
    sub(/\r$/, "")
    sub(/^[ \t]*(export[ \t]+)?/, "")
    if (!match($0, /^[A-Za-z_][A-Za-z0-9_]*[ \t]*[=:]/)) next
    name = substr($0, 1, RLENGTH - 1)
    sub(/[ \t]+$/, "", name)
    if (!(name in given)) names[++count] = name
    given[name] = unquoted(substr($0, RLENGTH + 1))
}

END {
    if (!some_are_used) exit
    for (i = 1; i <= count; i++) if (names[i] !~ /^(COMPOSE|DOCKER|BUILDKIT|BUILDX)_/) check(names[i])
    if (rest != "") {
        warn("docker-compose.yml uses none of these names, so they have no effect: " rest)
    }
    check_port("GP_HOST_PORT")
    check_port("BOOKINGS_DB_PORT")
    check_page()
    exit faults > 0
}

function check(name,    meant) {
    if (name in used || (name in fixed && fixed[name] == given[name])) return
    if (name in source) meant = source[name]
    else if (name in fixed) return warn(name " has no effect: docker-compose.yml sets it to " fixed[name] " itself")
    else if (everything_is_passed_on) return
    else meant = nearest(name)
    if (meant != "") warn(name " has no effect: docker-compose.yml does not use it; did you mean " meant "?")
    else rest = rest (rest == "" ? "" : ", ") name
}

# Before there was GP_BIND, the port was given with its address. The shell's own value wins, as in Compose. The syntax
# is Docker's: [address:]port[:port of the container]; the last one is fixed.
function check_port(name,    value, place, rest, address, parts, count, i) {
    place = name in ENVIRON ? "" : ".env: "
    value = name in ENVIRON ? ENVIRON[name] : given[name]
    if (value !~ /:/ || value ~ /\$/) return
    rest = value
    if (match(value, /^(\[[0-9A-Fa-f:.]+\]|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+):/)) {
        address = substr(value, 1, RLENGTH - 1)
        rest = substr(value, RLENGTH + 1)
    }
    printf "%s%s is \"%s\", but it takes the port alone.%s\n", place, name, value, \
        address == "" ? "" : " The address has a variable of its own, for both services:"
    if (address != "") printf "  GP_BIND=%s\n", address
    count = split(rest, parts, ":")
    for (i = 1; i <= count; i++) if (parts[i] ~ /^[0-9]+$/) { printf "  %s=%s\n", name, parts[i]; break }
    faults++
}

# An .env from before there was a page has the default of that time.
function check_page(    host) {
    host = "HEALTH_HOST" in ENVIRON ? ENVIRON["HEALTH_HOST"] : given["HEALTH_HOST"]
    if ("GP_STATUS_PORT" in used && host ~ /^(127\.|localhost$|::1$)/)
        print "warning: HEALTH_HOST is " host ", so the page and the metrics answer inside the container alone; the default is 0.0.0.0"
}

function warn(text) { print "warning: .env: " text }

# The variable's name in the latest match, without the ${
function variable(text,    name) {
    name = substr(text, RSTART, RLENGTH)
    sub(/^\$\{?/, "", name)
    return name
}

function unquoted(text) {
    sub(/^[ \t]+/, "", text)
    if (text ~ /^"/) { sub(/^"/, "", text); sub(/".*$/, "", text) }
    else if (text ~ /^'/) { sub(/^'/, "", text); sub(/'.*$/, "", text) }
    else { sub(/[ \t]+#.*$/, "", text); sub(/[ \t]+$/, "", text) }
    return text
}

# The name within two letters that a compose file uses and .env does not have.
function nearest(name,    candidate, far, best, least) {
    least = 3
    for (candidate in used) {
        if (candidate in given) continue
        far = distance(toupper(name), candidate)
        if (far < least || (far == least && far < 3 && candidate < best)) { least = far; best = candidate }
    }
    return best
}

# Levenshtein's distance, over one row of the table.
function distance(a, b,    i, j, row, diagonal, above, step) {
    for (j = 0; j <= length(b); j++) row[j] = j
    for (i = 1; i <= length(a); i++) {
        diagonal = row[0]
        row[0] = i
        for (j = 1; j <= length(b); j++) {
            above = row[j]
            step = diagonal + (substr(a, i, 1) != substr(b, j, 1))
            if (above + 1 < step) step = above + 1
            if (row[j - 1] + 1 < step) step = row[j - 1] + 1
            diagonal = above
            row[j] = step
        }
    }
    return row[length(b)]
}
