# A long script: arrays, functions, subshells, traps, here-documents, and the functions of bash-completion.
set -u
declare -A total count
while IFS=, read -r id region product quantity price; do
    [[ $id == id ]] && continue
    total[$product]=$((${total[$product]:-0} + quantity))
    count[$region]=$((${count[$region]:-0} + 1))
    ((id >= 6000)) && break
done < "$1"
for key in "${!count[@]}"; do printf '%s %s\n' "$key" "${count[$key]}"; done | sort
for key in "${!total[@]}"; do printf '%s %s\n' "${total[$key]}" "$key"; done | sort -k1,1nr -k2 | head -15

sieve() {
    local -a composite=()
    local i j found=0
    for ((i = 2; i < $1; i++)); do
        [[ -n ${composite[i]:-} ]] && continue
        ((found++))
        for ((j = i * i; j < $1; j += i)); do composite[j]=1; done
    done
    echo "primes below $1: $found"
}
sieve 20000
text=""
for i in {1..4000}; do text+="word$i,"; done
echo "text ${#text} ${text//word/W}" | cksum
IFS=, read -ra parts <<< "$text"
echo "parts ${#parts[@]} ${parts[*]:100:3}"
for i in {1..60}; do
    value=$(echo "$i" | { read -r n; echo $((n * n)); })
    : "$(cat <<- END
		line $value ${parts[$i]}
		END
    )"
done
echo "last $value"
( trap 'echo "trap in subshell $BASH_SUBSHELL"' EXIT; exit 0 )
factorial() { if (($1 < 2)); then echo 1; else echo $(($1 * $(factorial $(($1 - 1))))); fi; }
factorial 15
eval "$(for i in {1..800}; do echo "f$i() { echo \$((\$1 + $i)); }"; done)"
sum=0
for i in {1..800}; do "f$i" "$i" > "$TMPDIR/n"; read -r n < "$TMPDIR/n"; ((sum += n)); done
echo "functions $(declare -F | wc -l) $sum"

shopt -s extglob progcomp
set +u
# shellcheck source=/dev/null
source /usr/share/bash-completion/bash_completion
complete_line() {
    COMP_WORDS=($1) COMP_CWORD=$(($(wc -w <<< "$1") - 1)) COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
    _completion_loader "${COMP_WORDS[0]}"
    "$2" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2> /dev/null
    echo "complete '$1': ${#COMPREPLY[@]} $(printf '%s\n' "${COMPREPLY[@]}" | sort | cksum)"
}
for round in 1 2 3; do
    complete_line "tar --" _tar
    complete_line "ls --" _longopt
    complete_line "sort --" _longopt
    complete_line "find . -" _find
done
complete -p | sort | cksum
