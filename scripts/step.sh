# Sourced by the scripts: one line a step, with its time; the output of a step is shown only when it fails.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/log
mkdir -p "$logs"

# step NAME COMMAND…
step() {
	local name=$1 start=$SECONDS log
	shift
	log="$logs/$(echo "$name" | tr -c 'a-zA-Z0-9\n' '-').log"
	printf '  %-34s' "$name"
	if "$@" >"$log" 2>&1; then
		printf 'done  %3d s\n' $((SECONDS - start))
	else
		printf 'FAILED\n'
		tail -n 40 "$log" >&2
		echo "The whole output is in $log" >&2
		return 1
	fi
}

# up_to_date STAMP FILE…: is STAMP newer than every file?
up_to_date() {
	local stamp=$1 f
	shift
	[ -e "$stamp" ] || return 1
	for f in "$@"; do
		[ "$f" -nt "$stamp" ] && return 1
	done
	return 0
}
