# Web servers and proxies under load on loopback: short, bounded by a number of requests or seconds.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

# Fetch every file of the tree through the server (plain and compressed) and list the checksums of what came back.
fetch_tree() {
    local base=$1 file
    (cd "$MATERIAL" && find tree -type f | sort | awk 'NR % 8 == 0') > wanted
    while read -r file; do
        echo "$file $(curl -sS --fail "$base/$file" | sha256sum) $(curl -sS --fail --compressed "$base/$file" | sha256sum)"
    done < wanted
}

# wrk itself runs on the allocator, too. The number of requests is not comparable, the absence of errors is.
load() {
    under wrk -t 2 -c 32 -d "${2:-2}s" "$1" > wrk.txt
    cat wrk.txt >&2
    awk '/Socket errors|Non-2xx/ { print "wrk:", $0; bad = 1 } /requests in/ { served = $1 }
        END { print "wrk:", (served > 100 ? "served" : "hardly served"), (bad ? "with errors" : "without errors") }' wrk.txt
}

write_nginx_config() {
    cat > nginx.conf << EOF
daemon off; worker_processes 2; pid $PWD/nginx.pid; error_log $RUN_DIR/nginx.log warn; user root;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    access_log $PWD/access.log; client_body_temp_path $PWD/body; proxy_temp_path $PWD/proxy;
    fastcgi_temp_path $PWD/fcgi; uwsgi_temp_path $PWD/uwsgi; scgi_temp_path $PWD/scgi;
    gzip on; gzip_min_length 200; gzip_types text/plain application/octet-stream;
    proxy_cache_path $PWD/cache keys_zone=c:1m;
    server {
        listen 127.0.0.1:$port; root $MATERIAL; autoindex on; keepalive_requests 2000;
        location /cached/ { proxy_pass http://127.0.0.1:$port/; proxy_cache c; proxy_cache_valid 200 1m; }
        location /say { return 200 "\$arg_a \$request_method \$http_user_agent"; }
        rewrite ^/old/(.*)\$ /tree/\$1 last;
    }
}
EOF
}

start_nginx() {
    write_nginx_config
    serve nginx -c "$PWD/nginx.conf" -e "$RUN_DIR/nginx.log" -p "$PWD"
    wait_until 10 port_open "$port"
    assert_loaded "$SERVER"
}

program nginx packages="nginx-light wrk curl" version="nginx -v" \
    what="two workers: static files, gzip, proxy cache, rewrites, a reload under wrk's load of 32 connections"
run_nginx() {
    local port
    port=$(free_port)
    start_nginx
    fetch_tree "http://127.0.0.1:$port"
    curl -sS "http://127.0.0.1:$port/old/d1/" | sed 's/ \+/ /g' | sha256sum
    curl -sS -A tester "http://127.0.0.1:$port/say?a=b%20c"
    echo
    load "http://127.0.0.1:$port/page.html"
    # Old workers close their idle connections on a reload, which wrk counts as errors: only the effect is compared.
    load "http://127.0.0.1:$port/cached/page.md" 2 >&2 &
    local loader=$!
    sleep 0.5
    kill -HUP "$SERVER"
    wait "$loader"
    fetch_tree "http://127.0.0.1:$port/cached" | tail -5
}

program haproxy packages="haproxy nginx-light wrk curl" version="haproxy -v" \
    what="two threads, two servers behind it, headers rewritten, compression, stick table, health checks; wrk and file checksums"
run_haproxy() {
    local port front
    port=$(free_port)
    start_nginx
    front=$(free_port)
    cat > haproxy.cfg << EOF
global
    nbthread 2
    maxconn 512
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    compression algo gzip
    compression type text/plain text/html
frontend f
    bind 127.0.0.1:$front
    stick-table type string len 32 size 1k expire 1m store http_req_cnt
    http-request track-sc0 path,word(1,/)
    http-request set-header X-Added %[rand(9)]-%[src]
    http-request replace-path /alias/(.*) /tree/\1
    http-response del-header Server
    default_backend b
backend b
    balance roundrobin
    option httpchk GET /say
    server one 127.0.0.1:$port check inter 200
    server two 127.0.0.1:$port check inter 200
EOF
    under haproxy -c -f haproxy.cfg >&2
    serve haproxy -db -f haproxy.cfg
    wait_until 10 port_open "$front"
    assert_loaded "$SERVER"
    fetch_tree "http://127.0.0.1:$front"
    curl -sS "http://127.0.0.1:$front/alias/d1/" | sha256sum
    load "http://127.0.0.1:$front/page.html"
}

program apache2 packages="apache2 apache2-utils curl" version="apache2 -v" \
    what="event MPM: static files, deflate, rewrite, CGI; load by ab"
run_apache2() {
    local port modules=/usr/lib/apache2/modules module
    port=$(free_port)
    mkdir cgi
    printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n$QUERY_STRING $REQUEST_METHOD "; wc -c\n' > cgi/count
    chmod 755 cgi/count
    for module in mpm_event authz_core dir mime deflate filter rewrite cgid alias autoindex headers env; do
        echo "LoadModule ${module}_module $modules/mod_$module.so"
    done > apache.conf
    cat >> apache.conf << EOF
ServerRoot $PWD
ServerName localhost
Listen 127.0.0.1:$port
PidFile $PWD/pid
ErrorLog $RUN_DIR/apache.log
User www-data
Group www-data
TypesConfig /etc/mime.types
DocumentRoot $MATERIAL
ScriptAlias /cgi/ $PWD/cgi/
ScriptSock $RUN_DIR/tmp/cgid
StartServers 2
ThreadsPerChild 16
MaxRequestWorkers 64
AddOutputFilterByType DEFLATE text/plain text/html
RewriteEngine on
RewriteRule ^/old/(.*)$ /tree/\$1
<Directory />
    Require all granted
    Options +Indexes
</Directory>
EOF
    chmod 711 "$RUN_DIR" .
    serve apache2 -d "$PWD" -f "$PWD/apache.conf" -DFOREGROUND
    wait_until 10 port_open "$port"
    assert_loaded "$SERVER"
    fetch_tree "http://127.0.0.1:$port"
    curl -sS "http://127.0.0.1:$port/old/d1/" | sha256sum
    curl -sS --data-binary "@$MATERIAL/page.md" "http://127.0.0.1:$port/cgi/count?q=1"
    under ab -q -n 5000 -c 24 "http://127.0.0.1:$port/page.html" | grep -E '^(Complete|Failed|Non-2xx|Document Length)'
    under ab -q -n 300 -c 8 "http://127.0.0.1:$port/cgi/count" | grep -E '^(Complete|Failed|Non-2xx)'
}
