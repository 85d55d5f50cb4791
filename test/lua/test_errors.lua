--- Wrong arguments of every kind, to every binding: an error that names the function, never a crash, and
-- nothing left behind.  TRACE=1 names each row before it runs;  SEED=n draws other arguments.
-- labels: mem
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local W = assert(loadfile(here .. '/wrong.lua')){check = check, T = T, class = T.class}
local trace = os.getenv('TRACE')
local draw, pick, counts, tensor, strange, FAR = W.draw, W.pick, W.counts, W.tensor, W.strange, W.FAR
local nan, huge = 0 / 0, math.huge

-- ---- the walk ----

local calls = 0
for _, row in ipairs(T.cases) do
   if W.visits(row) then
      if trace then io.stderr:write(row.name, '\n') end
      local types = row.lua == 'handwritten' and {'Double', 'Byte', 'Half', 'Bool'} or row.types
      for _, type_ in ipairs(types) do
         W.forget()
         local before = T.objects()
         local mt = T.class(type_)
         local own = rawget(mt, 'torch')[row.name]
         local f = type(own) == 'function' and own or row.lua == 'handwritten' and #row.functions > 0 and torch[row.name]
         if f and type_ ~= 'Half' or type(f) == 'function' then W.walk(row, row.functions, f, 'torch.' .. row.name, type_) end
         local m = mt[row.name]
         if #row.methods > 0 and m then W.walk(row, row.methods, m, 'x:' .. row.name, type_) end
         W.forget()
         local after = T.objects()
         check.ok(after <= before, string.format('%s of %s leaves nothing: %d objects, %d before', row.name, type_, after, before))
         calls = calls + 1
      end
      check.ok(true, row.name .. ' survives')
   end
end

if T.package then check.finish() end -- what follows is torch's own

-- ---- constructors, storages, elements ----

local before = T.objects()
for _, type_ in ipairs{'Double', 'Byte', 'Long', 'Half', 'BFloat16', 'Bool'} do
   for _, ctor in ipairs{T.class(type_).new, torch.getmetatable('torch.' .. type_ .. 'Storage').new} do
      for _ = 1, 300 do
         local args = {}
         local n = draw(4)
         for i = 1, n do args[i] = draw(2) == 1 and pick(counts) or draw(2) == 1 and strange(type_) or tensor(type_):storage() end
         if type(args[1]) == 'string' then args[1] = {1} end -- a storage would map a file of that name
         local ok, err = pcall(ctor, unpack(args, 1, n))
         if not ok and type(err) ~= 'string' then check.ok(false, type_ .. ' constructor: error is ' .. type(err)) end
      end
   end
   local x, s = tensor(type_), torch.getmetatable('torch.' .. type_ .. 'Storage').new(3)
   for _ = 1, 300 do
      local y = draw(3) == 1 and s or tensor(type_)
      local k = pick{0, 1, -1, 5, nan, huge, 2 ^ 53, 'name', {1, 2}, {{}, {1}}, {{2, 1}}, {nan}, {{0, 9}}, {FAR}, {'x'}, {{'x'}}, torch.LongStorage{1, 9},
         torch.ByteTensor{1, 0, 1}, torch.ByteTensor{7}, torch.LongTensor{1}, print, true}
      pcall(function() return y[k] end)
      pcall(function() y[k] = pick{1, nan, 'text', '3', {}, tensor('Float'), tensor(type_), print, torch.LongStorage(2)} end)
   end
   check.ok(true, type_ .. ' construction and elements survive')
end
W.forget()
jit.flush() -- compiled loops keep the tensors that they were recorded with
collectgarbage()
local after = T.objects()
check.ok(after <= before, string.format('construction and elements leave nothing: %d objects, %d before', after, before))

-- ---- errors of indexing name the line that indexed ----
for _, class in ipairs{'DoubleTensor', 'LongTensor', 'HalfTensor'} do
   for _, statement in ipairs{'return x[7]', 'return x[{6, 1}]', 'return x[{1, 2, 3}]', 'return x[{{1, 9}}]', 'return x[{{4, 2}}]',
      'return x[{1, "a"}]', 'return x[torch.LongStorage{9, 9}]', 'return x[1][7]', 'return x[1][{7}]', 'x[7] = 1', 'x[{6, 1}] = 1',
      'x[{1, 2, 3}] = 1', 'x[{{1, 9}}] = 1', 'x[{{1, "a"}}] = 1', 'x[torch.LongStorage{9}] = 1', 'x[1][7] = 1', 'x[1][1] = "s"',
      'x[1] = {}', 'x.field = 1', 'return x.new()[1]', 'x.new()[1] = 1'} do
      local f = loadstring('local x = ...\n\n' .. statement, '@user.lua')
      check.error(function() f(torch[class](5, 5)) end, '^user%.lua:3: ', class .. ': ' .. statement)
   end
end

-- ---- every package that is installed is the library: its errors are told at the line of who calls it ----
do
   local root = package.searchpath('torch', package.path):match('^(.*/)torch/')
   for name in io.popen(('ls -d %s*/'):format(root)):lines() do
      local f = loadstring("local text = require('libtorch').where() return text", '@' .. name .. 'any.lua')
      local told = f()
      check.match(told, 'test_errors.lua:', 'where an error of ' .. name:match('([^/]+)/$') .. ' is told')
   end
end

check.finish()
