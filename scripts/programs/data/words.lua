-- Words of a text through Lua's tables, strings, closures and coroutines, under both collector modes.
local function count(path)
  local counts, lines = {}, {}
  for line in io.lines(path) do
    for word in line:gmatch("%a+") do counts[word] = (counts[word] or 0) + 1 end
    if #lines < 30000 then lines[#lines + 1] = line end
  end
  return counts, lines
end

local function checksum(s)
  local h = 5381
  for i = 1, #s do h = (h * 33 + s:byte(i)) % 4294967296 end
  return h
end

for _, mode in ipairs { "incremental", "generational" } do
  collectgarbage(mode)
  local counts, lines = count(arg[1])
  local words = {}
  for word in pairs(counts) do words[#words + 1] = word end
  table.sort(words, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  for i = 1, 10 do print(words[i], counts[words[i]]) end
  for i, line in ipairs(lines) do lines[i] = line:gsub("(%a+) (%a+)", "%2-%1"):upper() end
  print(mode, #words, checksum(table.concat(lines, "|", 1, 3000)))
  local producers = {}
  for p = 1, 500 do
    producers[p] = coroutine.wrap(function()
      for i = 1, 40 do coroutine.yield(("s"):rep(i % 70) .. p) end
    end)
  end
  local total = 0
  for _ = 1, 40 do
    for p = 1, 500 do total = total + #producers[p]() end
  end
  print("coroutines", total)
  local weak = setmetatable({}, { __mode = "v" })
  for i = 1, 50000 do weak[i] = { i } end
  collectgarbage()
  print("weak", next(weak) == nil)
end
