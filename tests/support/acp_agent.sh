# A scripted agent that speaks the agent client protocol, well or badly: how says its first argument, a second one is a
# folder for what the test wants to see of it.
how=$1 seen=$2
say() { printf '%s\n' "$1"; }
answer() { say "{\"jsonrpc\":\"2.0\",\"id\":$1,\"result\":$2}"; }
update() { say "{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":$1}}"; }
work() { echo "${1:-hello}" > a.txt && git add a.txt && git commit -qm work; }
tool='"toolCall":{"toolCallId":"t1","kind":"execute","title":"touch /etc/x"}'
options='"options":[{"optionId":"yes","kind":"allow_once"},{"optionId":"no","kind":"reject_once"}]'
ask() { say "{\"jsonrpc\":\"2.0\",\"id\":\"p1\",\"method\":\"session/request_permission\",\"params\":{\"sessionId\":\"s1\",$1}}"; }

prompted() {
    case $how in
        good) work; update '{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"Done."}}' ;;
        garbled)
            say 'warning: {"jsonrpc'; say '{"jsonrpc":"2.0","id":99,"result":{}}'; say '[1,2'; say '{"jsonrpc":"2.0"}'
            say '{"jsonrpc":"2.0","method":"session/update","params":7}'; update '"nothing"'; update '{"sessionUpdate":8}'
            say '{"jsonrpc":"2.0","id":5,"method":"terminal/create","params":{}}'; read -r refused
            echo "$refused" > "$seen/refused"; work ;;
        late) work; answer "$id" '{"stopReason":"end_turn"}'
            update '{"sessionUpdate":"plan","entries":[{"content":"tidy up","status":"in_progress"}]}'; return ;;
        asks) ask "$tool,$options"; read -r told; echo "$told" > "$seen/told"
            case $told in *'"yes"'*) work ;; esac ;;
        asks-oddly) ask "$tool"; read -r told; echo "$told" > "$seen/told"; work ;;
        mute) ask "$tool,$options"; return ;;
        waits) echo > "$seen/waits"; turn=$id; return ;;
        *) work ;;
    esac
    answer "$id" '{"stopReason":"end_turn","usage":{"inputTokens":1000,"outputTokens":100,"totalTokens":1100}}'
}

while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"method":"initialize"'*)
            version=1; [ "$how" = version ] && version=2
            answer "$id" "{\"protocolVersion\":$version,\"agentCapabilities\":{},\"_meta\":{\"steering\":{\"supported\":true}}}" ;;
        *'"method":"session/new"'*) answer "$id" '{"sessionId":"s1"}' ;;
        *'"method":"session/prompt"'*) prompted ;;
        *'"method":"_session/steering"'*)
            echo "$line" > "$seen/steered"; answer "$id" '{"outcome":"injected"}'; work better
            answer "$turn" '{"stopReason":"end_turn"}' ;;
        *'"method":"session/cancel"'*)
            echo > "$seen/cancelled"; answer "$turn" '{"stopReason":"cancelled"}' ;;
    esac
done
[ "$how" = stays ] && trap '' HUP && while :; do sleep 1; done
exit 0
