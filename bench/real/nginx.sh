#!/usr/bin/env bash
# nginx: one worker under wrk with 32 connections: small answers, files, compressed files, an included page and a
# proxied one. Each request has a pool of its own that is freed at its end. time_ms is for 50,000 requests.
# packages: nginx-light wrk curl python3
# shellcheck source=common.sh disable=SC2034
source "$(dirname "$0")/common.sh"

prepare() {
    shared_material
    mkdir site
    head -c 3000 shared/page.html > site/small.html
    head -c 21000 shared/page.html > site/page.html
    head -c 300000 shared/words.txt > site/large.txt
    printf '<p><!--# include virtual="/say?a=1" --><!--# include virtual="/small.html" --></p>\n' > site/included.shtml
    chmod -R a+rX site
    rm -r shared
}

write_config() {
    cat > nginx.conf << CONF
daemon off; worker_processes 1; pid $PWD/nginx.pid; error_log $PWD/nginx.log warn; user root;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    access_log off; client_body_temp_path $PWD/body; proxy_temp_path $PWD/proxy;
    fastcgi_temp_path $PWD/fcgi; uwsgi_temp_path $PWD/uwsgi; scgi_temp_path $PWD/scgi;
    gzip on; gzip_min_length 20000; gzip_comp_level 1;
    server {
        listen 127.0.0.1:$port; root $MATERIAL/site; keepalive_requests 1000; ssi on;
        location /say { return 200 "\$arg_a \$request_method \$http_user_agent"; }
        location /proxied/ { proxy_pass http://127.0.0.1:$port/; }
    }
}
CONF
}

# Of ten requests: four small files, two computed answers, and one each compressed, large, included, proxied.
write_requests() {
    cat > requests.lua << 'LUA'
local paths = { "/small.html", "/say?a=7", "/page.html", "/small.html", "/included.shtml", "/small.html", "/large.txt",
    "/say?a=12", "/small.html", "/proxied/small.html" }
local n = 0
function request()
    n = n % #paths + 1
    return wrk.format("GET", paths[n], { ["Accept-Encoding"] = n == 3 and "gzip" or "identity" })
end
function done(summary, latency, requests)
    local e = summary.errors
    print("result", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout)
end
LUA
}

measured() {
    local port path before
    port=$(free_port)
    write_config
    write_requests
    serve nginx -c "$PWD/nginx.conf" -e "$PWD/nginx.log" -p "$PWD"
    wait_until 10 curl -sSf "http://127.0.0.1:$port/small.html"
    assert_loaded "$SERVER"
    for path in small.html page.html large.txt included.shtml say?a=3 proxied/page.html; do
        echo "$path $(curl -sSf "http://127.0.0.1:$port/$path" | sha256sum)" \
            "$(curl -sSf --compressed "http://127.0.0.1:$port/$path" | sha256sum)"
    done
    before=$(tree_cpu_ms "$SERVER")
    wrk -t 1 -c 32 -d 3s -s requests.lua "http://127.0.0.1:$port" > wrk.log
    read -r _ requests duration errors < <(grep ^result wrk.log)
    echo "errors $errors"
    figure requests "$requests"
    figure server_cpu_ms $((($(tree_cpu_ms "$SERVER") - before) * 50000 / requests))
    figure peak_kib "$(tree_kib VmHWM "$SERVER")"
    TIMED_US=$((duration * 50000 / requests))
}

real_main "$@"
