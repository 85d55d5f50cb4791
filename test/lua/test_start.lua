--- What a start of th does not load: the BLAS before the first call that needs it, classes of types before they are used.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local th = arg[-1] or 'th'

local function run(code)
   local pipe = io.popen(("%s -e '%s' 2>&1"):format(th, code))
   local text = pipe:read('*a')
   pipe:close()
   return text
end

-- How often a file whose name has `word` is mapped by a process that runs `code`.
local mapped = [[local n = 0
   for line in io.lines("/proc/self/maps") do n = n + (line:find("/lib[^/]*blas[^/]*$") and 1 or 0) end
   print(n > 0)]]
local mapping = run(mapped)
if not io.open('/proc/self/maps') then
   print('skipped: the BLAS is not loaded at a start: no /proc/self/maps here')
elseif mapping == 'true\n' and not paths.filep(paths.concat(paths.dirname(th), 'lib/libTHblas.so')) then
   print('skipped: the BLAS is not loaded at a start: it is part of libTH in this build')
else
   check.eq(run('require "nn" require "optim" local x = torch.ones(3, 3) x:t():exp():sum() ' .. mapped), 'false\n', 'no BLAS at a start')
   check.eq(run('torch.inverse(torch.eye(2)) ' .. mapped), 'true\n', 'BLAS after an inverse')
end

-- A limit to addresses, under which an OpenBLAS that is loaded asks for more for ever.
local limited = ('ulimit -v 250000; %s -e "print(pcall(torch.inverse, torch.eye(2)))" 2>&1'):format(th)
if mapping == 'false\n' then
   local pipe = io.popen(limited)
   check.match(pipe:read('*a'), 'inverse: LAPACK and products by the BLAS need %d+ MB of addresses', 'too few addresses for the BLAS')
   pipe:close()
end

-- Classes of element types are defined when they are first used, whoever does so.
local eager = [[local registry, list = debug.getregistry(), {}
   for _, t in ipairs(require("libtorch").types) do
      if rawget(registry["torch." .. t.name .. "Tensor"], "size") then list[#list + 1] = t.name end
   end
   print(table.concat(list, " "))]]
check.eq(run('require "nn" ' .. eager), 'Double\n', 'types that a start defines')
check.eq(run('local x = torch.ones(2):short() x = torch.ones(2):size() x = torch.ones(2):gt(0) ' .. eager), 'Byte Short Long Double\n',
   'types that C makes objects of')
check.eq(run('local x = torch.getmetatable("torch.IntTensor") ' .. eager), 'Int Double\n', 'types that are looked up')
check.eq(run('print(rawget(torch, "CharStorage") ~= nil, rawget(torch.CharTensor, "x"), torch.CharTensor.add ~= nil)'),
   'true\tnil\ttrue\n', 'they are there from the start')

-- paths, sys and xlua are there and loaded when something of them is used; so are nn's kernels.
check.eq(run('local p = paths print(rawget(p, "concat"), p.concat("/a", "b"), paths == p, require "paths" == p, rawget(p, "concat") ~= nil)'),
   'nil\t/a/b\ttrue\ttrue\ttrue\n', 'paths')
check.eq(run('sys.own = 3 xlua.own = 4 print(sys.own, sys.clock() > 0, xlua.own, type(xlua.OptionParser), xprint == xlua.print)'),
   '3\ttrue\t4\tfunction\ttrue\n', 'fields put into them before')
check.eq(run('package.preload.sys = function() return {clock = function() return 7 end} end print(sys.clock(), sys.uname)'), '7\tnil\n',
   'a module of that name that somebody else has')
check.eq(run('package.preload.sys = function() error("stopped", 0) end print(pcall(function() return sys.clock end)) ' ..
   'package.preload.sys = nil print(type(sys.clock))'), 'false\tstopped\nfunction\n', 'the next use after a failure')
check.eq(run('require "nn" print(package.loaded.libnn, nn.Tanh():forward(torch.zeros(1))[1], package.loaded.libnn ~= nil)'),
   'nil\t0\ttrue\n', 'kernels of nn')

-- One that cannot be defined now, as when Ctrl-C comes, is defined by the next use.
local Tensor, constructor = require 'torch.Tensor', torch.ShortTensor
local define = Tensor.define
function Tensor.define(...)
   define(...)
   error('stopped', 0)
end
for _ = 1, 2 do
   check.error(function() return torch.ShortTensor(2) end, 'stopped', 'an interrupted definition')
   check.error(function() return torch.ones(2):short() end, 'stopped', 'an interrupted definition, from C')
end
Tensor.define = define
check.eq({torch.ShortTensor{1, 2}:sum(), torch.ones(2):short():storage():totable()}, {3, {1, 1}}, 'the next use')
check.ok(torch.ShortTensor == constructor and torch.typename(torch.ShortStorage(1)) == 'torch.ShortStorage', 'the same constructor')
check.finish()
