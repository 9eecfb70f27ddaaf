-- Tables, strings, closures and coroutines, in both modes of the collector. Everything Lua holds is a block of its own.
local seed = 42
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648; return seed // 65536 % n + 1 end

local function tree(depth)
    if depth == 0 then return { value = random(1000) } end
    return { tree(depth - 1), tree(depth - 1), name = "n" .. random(100000) }
end

local function total(node)
    if node.value then return node.value end
    return total(node[1]) + total(node[2]) + #node.name
end

local function words()
    local count, list = {}, {}
    for i = 1, 250000 do
        local word = string.char(96 + random(26), 96 + random(26), 96 + random(26)) .. random(40)
        count[word] = (count[word] or 0) + 1
        if i % 10 == 0 then list[#list + 1] = word .. ":" .. count[word] end
    end
    table.sort(list)
    return #table.concat(list, ","), list[100], list[#list]
end

local function objects()
    local sum, live = 0, {}
    for i = 1, 600000 do
        local o = { id = i, next = live[i % 5000], move = function(x) return x + i end }
        o.next = o.next and { id = o.next.id } or nil
        live[i % 5000] = o
        sum = (sum + o.move(i) + (o.next and o.next.id or 0)) % 1000000007
    end
    return sum
end

local function text()
    local parts = {}
    for i = 1, 40000 do parts[#parts + 1] = ("line %d of %s"):format(i, ("x"):rep(i % 60)) end
    local all, n = table.concat(parts, "\n"), 0
    for line in all:gmatch("[^\n]+") do n = n + #line:upper():gsub("X", "yy") end
    return n
end

local function routines()
    local sum = 0
    for i = 1, 60000 do
        local step = coroutine.wrap(function(a) local b = coroutine.yield(a + 1); coroutine.yield(b * 2) end)
        sum = sum + step(i) + step(i)
    end
    return sum
end

for _, mode in ipairs { "incremental", "generational" } do
    collectgarbage(mode)
    print(mode, total(tree(16)), words())
    print(objects(), text(), routines())
end
