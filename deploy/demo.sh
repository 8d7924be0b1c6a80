#!/bin/sh
# The demo: starts a server of its own with an embedded database, loads an organisation with some hundred customers and
# their invoices of a year, and plays what comes of them: a change of a credit grade end to end, an admission, and a
# demotion. `demo.sh start` starts clean, `demo.sh stop` stops it. BUILD names the build folder.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-$PWD/build}
demo=$build/demo
data=$PWD/deploy/demo
ctl=$build/creditctl

# Is there a process PID whose command line holds TEXT? A number in a file may be somebody else's by now.
runs() { # PID TEXT
    [ -n "$1" ] && [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$2"
}

# Signals it and waits, for half a minute at most.
end() { # PID TEXT SIGNAL
    tries=0
    runs "$1" "$2" && kill "-$3" "$1" 2>/dev/null || return 0
    while runs "$1" "$2" && [ "$tries" -lt 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

stop() {
    [ -f "$demo/where" ] || return 0
    where=$(cat "$demo/where")
    [ ! -f "$where/db/ready.json" ] ||
        end "$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$where/db/ready.json")" "$where/db" TERM
    # A server that was killed leaves its PostgreSQL behind.
    [ ! -f "$where/db/data/postmaster.pid" ] ||
        end "$(head -n 1 "$where/db/data/postmaster.pid")" "$where/db/data" INT
    case $where in
    */creditd-demo.*) rm -rf "$where" ;;
    esac
    rm -rf "$demo"
}

case ${1:-start} in
stop)
    stop
    echo 'The demo has stopped.'
    exit 0
    ;;
start) ;;
*)
    echo 'usage: demo.sh start|stop' >&2
    exit 64
    ;;
esac

# ---- a server ----

stop
mkdir -p "$demo"
# Started by root, the server becomes an unprivileged user, who may not be able to enter this checkout: its database
# lives elsewhere.
where=$(mktemp -d /var/tmp/creditd-demo.XXXXXX)
chmod 711 "$where"
echo "$where" >"$demo/where"
echo "Starting creditd with an embedded PostgreSQL in $where ..."
# The clock starts four days ago and is moved to today below, so that there is something overdue to see.
setsid "$build/creditd" --embedded "$where/db" --test-clock=-4d --listen 127.0.0.1:0 --ready-file "$where/db/ready.json" \
    --policy deploy/policy.cfg --migrations server/store/migrations >"$demo/creditd.log" 2>&1 </dev/null &
server=$!
tries=0
until [ -s "$where/db/ready.json" ]; do
    tries=$((tries + 1))
    if ! kill -0 "$server" 2>/dev/null || [ "$tries" -gt 600 ]; then
        echo 'creditd did not start:' >&2
        tail -n 20 "$demo/creditd.log" >&2
        exit 70
    fi
    sleep 0.1
done
port=$(sed -n 's/.*"port": *\([0-9]*\).*/\1/p' "$where/db/ready.json")
cp "$where/db/tls/ca.pem" "$demo/ca.pem"

# ---- profiles ----

profile() { # NAME LOGIN
    cat <<TXT
    $1 = {
        server = "127.0.0.1:$port"; ca = "$demo/ca.pem"; server_name = "localhost"; login = "$2";
        token_file = "$demo/$1/token"; state_dir = "$demo/$1";
    };
TXT
}
{
    echo 'default_profile = "branch";'
    echo 'profiles = {'
    profile branch shanghai.manager
    profile branch2 li.wei
    profile clerk shanghai.clerk
    profile region east.verifier
    profile region2 wang.fang
    profile hq hq.approver
    profile hq2 zhou.qi
    profile hq3 sun.li
    profile cmo hq.cmo
    profile auditor hq.auditor
    profile admin admin
    echo '};'
} >"$demo/creditctl.conf"
chmod 600 "$demo/creditctl.conf"
export CREDITCTL_CONFIG="$demo/creditctl.conf"

quiet() { "$ctl" "$@" >/dev/null; }
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')

quiet -p admin auth login --password-stdin <"$where/db/admin.password"
echo 'Creating the organisation and its users ...'
tail -n +2 "$data/units.csv" | while IFS=, read -r code name level parent zone; do
    quiet -p admin org create "$code" --name "$name" --level "$level" --parent "$parent" --zone "$zone"
done
tail -n +2 "$data/users.csv" | while IFS=, read -r login name unit level role; do
    echo "$password" | quiet -p admin user add "$login" --name "$name" --unit "$unit" --level "$level" --role "$role" \
        --password-stdin
done
for name in branch branch2 clerk region region2 hq hq2 hq3 cmo auditor; do
    echo "$password" | quiet -p "$name" auth login --password-stdin
done
echo 'Loading customers ...'
"$ctl" -p hq customer import "$data/customers.csv"

# ---- something to see ----

# Key accounts of the branch, by grade; two of them get the open cases. By number: the list is in the order of ids, which
# is not always that of the file.
customers=$("$ctl" -p branch customer list --tier key -o csv | tail -n +2 | sort -t, -k2,2)
pick() { # GRADE N
    printf '%s\n' "$customers" | awk -F, -v grade="$1" -v n="$2" '$8 == grade && ++seen == n { print $2 }'
}
overdue=$(pick yellow 1)
tomorrow=$(pick yellow 2)
quiet -p branch application submit "$overdue" --to green --reason 'trade volume doubled'
quiet -p admin admin clock advance 2d
quiet -p branch application submit "$tomorrow" --to green --reason 'pays early since spring'
quiet -p admin admin clock advance 1d

play() { # PROFILE WORDS...
    printf '\n$ creditctl -p'
    for word in "$@"; do
        case $word in
        *' '*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$ctl" -p "$@"
}

# ---- invoices, and what they say about customers ----

# The clock shows yesterday, so that the midnight in between makes an invoice overdue.
/usr/bin/python3 "$data/generate.py" invoices >"$demo/invoices.csv"
printf '\nYesterday: HQ imports the invoices of a year. Who falls below 75 %% is an ordinary customer at once.\n'
play hq trade import "$demo/invoices.csv" --mapping deploy/demo/mapping.cfg
key_accounts() { "$ctl" -p branch customer list --tier key -o csv | awk -F, 'NR > 1 { print $2 }'; }
key_yesterday=$(key_accounts)
quiet -p admin admin clock advance 1d

# Customers whose trades meet the criteria for another grade: those of the branch, for one kind of change.
criteria=$("$ctl" -p branch inbox -o csv | grep '^criterion,')
criterion() { # FROM TO
    printf '%s\n' "$criteria" | awk -F, -v from="$1" -v to="$2" '$8 == from && $9 == to { print $6; exit }'
}
played=$(criterion yellow green)
admitted=$(criterion '' yellow)

# ---- one change, end to end ----

printf '\nToday: one change of a credit grade that a criterion asks for: branch, region, HQ, branch.\n'
play branch inbox
play branch customer show "$played"
play branch application submit "$played" --to green --reason 'trade volume doubled, hardly a payment late'
id=$("$ctl" -p branch application list --customer "$played" -q)
play region inbox
play region application verify "$id" --finding confirmed --opinion 'Licence and statements seen; volume agrees.' \
    --item licence=ok --item statements=ok
play hq application approve "$id"
play branch application record "$id"
play branch application history "$id"
play branch --lang zh_CN customer show "$played"

# ---- an admission ----

printf '\nAn admission: an ordinary customer who meets a band becomes a key account in the same way.\n'
play branch customer show "$admitted"
play branch application submit "$admitted" --to yellow --reason 'buys as much as a yellow one, all paid in time'
id=$("$ctl" -p branch application list --customer "$admitted" -q)
play region application verify "$id" --finding confirmed --opinion 'All items seen.' -q
play hq application approve "$id" -q
play branch application record "$id" -q
play branch application history "$id"
play branch customer list --tier key --grade yellow

# ---- an assessment, and what a grade brings ----

ago() { date -d "-$1" +%F; }
cat >"$demo/assessment.cfg" <<FORM
values = ( { factor = "years_in_business"; value = "12"; }, { factor = "bank_dealings"; value = "no arrears"; },
           { factor = "internal_management"; value = "yes"; }, { factor = "operator"; value = "able"; },
           { factor = "staff"; value = "85"; }, { factor = "sales_growth"; value = "8600000.00/7900000.00"; },
           { factor = "current_ratio"; value = "3150000.00/2400000.00"; },
           { factor = "equity_ratio"; value = "2100000.00/5200000.00"; }, { factor = "industry"; value = "steady"; } );
documents = ( { kind = "licence"; number = "913101150001"; dated = "$(ago '3 years')"; },
              { kind = "statement_year"; number = "FS-Y"; dated = "$(ago '10 months')"; },
              { kind = "statement_quarter"; number = "FS-Q"; dated = "$(ago '2 months')"; },
              { kind = "bank_reference"; number = "BR-17"; dated = "$(ago '1 month')"; } );
FORM
printf '\nAn assessment: the branch fills in the scorecard; with it the grade is the worse of volume and score.\n'
play branch assessment enter "$played" --form "$demo/assessment.cfg"
play branch customer explain "$played"
printf '\nWhat the grade brings: measures that the branch applies.\n'
play branch customer measure "$played" 'quarterly visit' --note 'seen on site' -q
play branch customer show "$played"

# ---- a demotion ----

# The server looks for what is due each second. The generator gives the branch one account that falls below at midnight.
tries=0
until demoted=$(printf '%s\n' "$key_yesterday" | grep -vxF "$(key_accounts)"); do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
        echo 'Nobody was demoted.' >&2
        exit 70
    fi
    sleep 0.1
done
printf '\nA demotion: 6 of 8 were paid in time, which is 75 %%; at midnight a ninth was overdue. Nobody has to act.\n'
play branch customer show "$demoted"
play branch customer history "$demoted"

play auditor audit verify

cat <<TXT

The server goes on running (make demo-stop ends it). Logged-in profiles: $demo/creditctl.conf
Three commands to try:

  export CREDITCTL_CONFIG=$demo/creditctl.conf
  $ctl -p region inbox
  $ctl -p branch application submit $(criterion green yellow) --to yellow --reason 'buys half of what it did'
  $ctl -p clerk customer list
TXT
