# shellcheck shell=bash
# What a machine must have before anything is installed: Python and Java. Sourced by setup.sh.

# fail SENTENCE : say it and stop.
fail() {
    echo "$1" >&2
    exit 1
}

platform() {
    case "$(uname -s)" in
        Darwin) echo mac ;;
        Linux) if command -v apt-get >/dev/null 2>&1; then echo debian; else echo linux; fi ;;
        *) echo windows ;;
    esac
}

# how_to_get DEBIAN MAC : the half sentence for this platform.
how_to_get() {
    case "$(platform)" in
        mac) echo "get it with: brew install $2" ;;
        debian) echo "get it with: sudo apt-get install -y $1" ;;
        linux) echo "install it with your package manager (Debian and Ubuntu call it $1)" ;;
        *) echo "on Windows work within WSL2: run 'wsl --install', and in its Ubuntu: sudo apt-get install -y $1" ;;
    esac
}

# how_to_get_venv PYTHON
how_to_get_venv() {
    how_to_get "python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" "python@3.11"
}

# find_python : print the first Python that the lock is made for: $PYTHON, the one in use, then 3.11.
find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} .venv/bin/python python3.11 python3.12 python3.13 python3 python; do
        # The interpreter beneath an environment outlives it.
        if "$candidate" -c 'import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
print(getattr(sys, "_base_executable", sys.executable))' 2>/dev/null; then
            return
        fi
    done
    fail "Python 3.11, 3.12 or 3.13 is needed and was not found; $(how_to_get "python3.11-venv (or python3-venv where that is newer)" "python@3.11")."
}

# java_path : print the java that Spark will start.
java_path() { if [ -n "${JAVA_HOME:-}" ]; then echo "$JAVA_HOME/bin/java"; else command -v java || true; fi; }

# find_java : print its major version, or say how to get one that Spark runs on.
find_java() {
    local java remedy major=""
    java=$(java_path)
    remedy=$(how_to_get "openjdk-17-jre-headless (or openjdk-21-jre-headless)" "openjdk@17")
    if [ -n "$java" ]; then
        # 1.8.0 is Java 8; 17.0.15, 21-ea and 25 begin with the number itself.
        major=$("$java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1) || true
    fi
    if [ -z "$major" ]; then
        if [ -n "${JAVA_HOME:-}" ]; then fail "JAVA_HOME is $JAVA_HOME, where no Java is; unset it or let it name a Java 17 or 21."; fi
        fail "Java 17 or 21 is needed and was not found; $remedy."
    fi
    if [ "$major" -lt 17 ]; then
        fail "Java 17 or 21 is needed and $java is Java $major; $remedy, and let JAVA_HOME name it if both stay."
    fi
    echo "$major"
}
