--- What programs for Torch7 find when they start: globals, modules, files beside their own; hints where they err; in
-- child processes and states, too. Run by th.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local eq, ok, match = check.eq, check.ok, check.match

local folder = os.tmpname()
os.remove(folder)
paths.mkdir(folder)
local function write(name, text)
   paths.mkdir(paths.dirname(folder .. '/' .. name))
   local f = assert(io.open(folder .. '/' .. name, 'w'))
   f:write(text)
   f:close()
end
local th = paths.concat(paths.execdir(), 'th')
-- What th prints, with the errors, for arguments in the shell's syntax.
local function run(arguments, environment)
   local pipe = io.popen(('cd / && %s %s %s 2>&1'):format(environment or '', th, arguments))
   local text = pipe:read('*a')
   pipe:close()
   return text
end
local function statement(text, environment) return run("-e '" .. text .. "'", environment) end

-- Globals and modules.
eq(statement 'print(type(paths), type(sys), type(xlua), type(torch), type(string.split), type(table.splice), type(include))',
   'table\ttable\ttable\ttable\tfunction\tfunction\tfunction\n', 'globals of th')
eq(statement 'print(type(require "sys.fpath"), type(require "sys.colors"), type(require "trepl.colorize"), type(require "treplutils"))',
   'function\ttable\ttable\ttable\n', 'small modules')
-- the packages alone, in a state of their own without th's globals
write('alone.lua', [[
   local ffi = require 'ffi'
   print(paths, sys, xlua)
   require 'torch'
   print(type(paths), xlua)
   require 'optim'
   print(type(xlua), type(sys))]])
local plain = paths.findprogram('luajit') and not os.getenv('ASAN_OPTIONS') -- luajit itself cannot load sanitized libraries
if plain then
   local pipe = io.popen(('cd / && LUA_PATH=%q LUA_CPATH=%q luajit %s/alone.lua 2>&1'):format(package.path, package.cpath, folder))
   eq(pipe:read('*a'), 'nil\tnil\tnil\ntable\tnil\ntable\ttable\n', 'torch loads paths, optim loads xlua and sys')
   pipe:close()
else
   print('skipped: packages without th, as there is no luajit, or it cannot load sanitized libraries')
end

-- Tables that pairs, next and rawget see whole.
local count = [[local function n(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end require "nn" require "optim" ]]
local classes = dofile(paths.dirname(package.searchpath('nn.modules', package.path)) .. '/modules.lua')
local expected = 0
local late = {Jacobian = true, SparseJacobian = true, hessian = true, tables = true, utils = true} -- tables of functions, not classes
for name in pairs(classes) do expected = expected + (late[name] and 0 or 1) end
local listed, methods, some = statement(count .. 'print(n(nn), n(optim), rawget(nn, "Linear") == nn.Linear, next(nn) ~= nil)'):match('^(%d+)\t(%d+)\t(.*)\n$')
ok(tonumber(listed) and tonumber(listed) >= expected, 'pairs(nn) lists the classes: ' .. tostring(listed) .. ' of ' .. expected)
eq({methods, some}, {'25', 'true\ttrue'}, 'pairs(optim)')
for _, name in ipairs{'Timer', 'CmdLine', 'Tester', 'TestSuite', 'File', 'DiskFile', 'MemoryFile', 'load', 'save', 'serialize', 'test', 'Allocator'} do
   ok(rawget(torch, name) ~= nil, 'torch.' .. name .. ' is there')
end
eq(statement [[require "nn" local left = 0
   for name, class in pairs(nn) do if type(class) == "table" and class.updateOutput == nil and torch.isTypeOf(class, "x") then left = left + 1 end end
   print(left, torch.type(nn.Linear(2, 2)), getmetatable(torch.getmetatable("nn.Module")))]], '0\tnn.Linear\tnil\n', 'walking nn loads it')

-- include and require find what lies beside the calling file, wherever the program was started.
write('pkg/init.lua', "include('part.lua') return {inner = require('pkg.inner')}")
write('pkg/part.lua', "part_loaded = debug.getinfo(1, 'S').source:match('[^/]*$')")
write('pkg/inner/init.lua', "torch.include('pkg', 'part.lua') return include('leaf.lua') or 'inner'")
write('pkg/inner/leaf.lua', "return 'leaf'")
local on_path = ('LUA_PATH="%s/?.lua;%s/?/init.lua;;"'):format(folder, folder)
eq(statement('local p = require "pkg" print(part_loaded, p.inner)', on_path), 'part.lua\tleaf\n', 'include in a package')
write('main.lua', "print(require 'model', require './model', require 'lib.util', require './lib/util')")
write('model.lua', "return 'a model'")
write('lib/util.lua', "return require '../model' .. ' used'")
eq(run(folder .. '/main.lua'), 'a model\ta model\ta model used\ta model used\n', 'require beside the caller')
write('paths.lua', "return 'mine'")
write('other.lua', "print(type(require 'paths'), pcall(require, 'no_such_module'))")
match(run(folder .. '/other.lua'), "^table\tfalse\t.*module 'no_such_module' not found", 'what is on the path comes first; what is nowhere')
write('bad.lua', '\nerror("inside")')
write('uses.lua', "require 'bad'")
match(run(folder .. '/uses.lua'), '/bad%.lua:2: inside\n', 'an error in what was found')
write('csv/csvigo.lua', "return {load = function(path) return {io.open(path):read('*l')} end}")
write('table.csv', 'a,b\n')
write('reads.lua', "print(require('./table')[1])")
eq(run(folder .. '/reads.lua', ('LUA_PATH="%s/csv/?.lua;;"'):format(folder)), 'a,b\n', 'a table in a file')

-- Penlight, where it is.
write('pen/pl/init.lua', "path, stringx = {}, {} return {}")
write('pen/pl/text.lua', "return {format_operator = function() getmetatable('').__mod = string.format end}")
eq(statement('print(type(path), type(stringx), "%d apples" % 3)', ('LUA_PATH="%s/pen/?.lua;%s/pen/?/init.lua;;"'):format(folder, folder)),
   'table\ttable\t3 apples\n', 'Penlight')

write('here/pl.lua', "print('not Penlight')")
eq(run('-e "print(1)"', 'cd ' .. folder .. '/here &&'), '1\n', "a script pl.lua in the folder is not Penlight")

-- Child processes and child states find the packages; what the user has put on the paths comes first.
if plain then
   eq(statement 'local p = io.popen("luajit -e \\"require [[torch]] print(torch.ones(2):sum())\\" 2>&1") io.write(p:read("*a"))', '2\n', 'a child process')
end
write('state.lua', [[
   local ffi = require 'ffi'
   ffi.cdef 'typedef struct lua_State lua_State; lua_State *luaL_newstate(void); void luaL_openlibs(lua_State *); void lua_close(lua_State *);'
   ffi.cdef 'int luaL_loadstring(lua_State *, const char *); int lua_pcall(lua_State *, int, int, int); const char *lua_tolstring(lua_State *, int, size_t *);'
   local L = ffi.C.luaL_newstate()
   ffi.C.luaL_openlibs(L)
   local bad = ffi.C.luaL_loadstring(L, "require 'torch' require 'nn' return tostring(nn.Linear(2, 3):forward(torch.ones(2)):size(1))")
   bad = bad ~= 0 or ffi.C.lua_pcall(L, 0, 1, 0) ~= 0
   print(bad, ffi.string(ffi.C.lua_tolstring(L, -1, nil)))
   ffi.C.lua_close(L)]])
eq(run(folder .. '/state.lua'), 'false\t3\n', 'a child state')
write('optim/init.lua', "return 'my optim'")
eq(statement('print(require "optim")', ('LUA_PATH="%s/?/init.lua;;"'):format(folder)), 'my optim\n', "the user's copy wins")

-- The order of pairs differs from process to process (LuaJIT seeds its hashes); nothing that we compute does.
write('orders.lua', [[
   require 'nngraph'
   require 'optim'
   torch.manualSeed(3)
   local fields = nn.Module()
   for i, name in ipairs{'alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'} do fields[name] = torch.randn(i) end
   local x = nn.Identity()()
   local parts = {}
   for i = 1, 6 do parts[i] = nn.Linear(4, i)(nn.Tanh()(x)) end
   local net = nn.gModule({x}, {nn.JoinTable(2)(parts)})
   local p, g = net:getParameters()
   net:zeroGradParameters()
   net:backward(net:forward(torch.randn(3, 4)), torch.randn(3, 21))
   print(p:dot(torch.range(1, p:nElement())), g:dot(torch.range(1, g:nElement())))
   local copy = torch.deserialize(torch.serialize(net, 'ascii'), 'ascii')
   print(copy:getParameters():equal(p), tostring(net):gsub('0x%x+', ''))
   print(tostring(fields), {b = 1, a = {z = 3, y = 2}, c = 'x'})
   local cmd = torch.CmdLine()
   for _, name in ipairs{'one', 'two', 'three', 'four'} do cmd:option('-' .. name, name, 'option ' .. name) end
   print(cmd:string('run', cmd:parse{'-two', '3', '-four', 'x'}, {}))
   local tests, tester = torch.TestSuite(), torch.Tester()
   for _, name in ipairs{'d', 'b', 'a', 'c'} do tests[name] = function() io.write(name, ' ') end end
   tester:add(tests):run()
   local y = torch.ones(3)
   for _, method in ipairs{'adam', 'rmsprop', 'adagrad', 'lbfgs', 'rprop'} do
      optim[method](function(v) return v:dot(v), v * 2 end, y, {})
   end
   print(y[1], y[2], y[3])]])
local first = run(folder .. '/orders.lua')
ok(first:find('true') ~= nil and not first:find('stack traceback'), 'a program of everything: ' .. first)
for k = 1, 4 do eq(run(folder .. '/orders.lua'), first, 'the same in process ' .. k) end

-- Hints.
for text, want in pairs{
   ['nn.Liner(3)'] = "index global 'nn'.*; require 'nn' first\n",
   ['onnx.save(3)'] = "index global 'onnx'.*; onnx = require 'onnx' first\n",
   ['nosuch.Liner(3)'] = "index global 'nosuch' %(a nil value%)\n",
   ['require "nn" net = nn.Linear(2, 2) net.forward(torch.ones(2))'] = 'called with a colon: net:forward%(',
   ['require "nn" net = nn.Linear(2, 2) net.zeroGradParameters()'] = 'called with a colon: net:zeroGradParameters%(',
   ['require "nn" nn.Linear(2, 2):forwad(3)'] = 'did you mean [^\n]*:forward%?',
   ['help "nn.Liner"'] = '^undocumented symbol: nn%.Liner; did you mean nn%.Linear%?\n$',
   ['torch.ones(2):shape()'] = "; here it is x:size%(%)\n", ['require "nn" nn.MSELoss()'] = '; here it is nn%.MSECriterion\n', ['print(len(arg))'] = '; here it is #x\n',
   ['require "tourch"'] = "\ndid you mean require 'torch'%?\n", ['require "nn" nn.Sequential():add(nn.Tanh(), nn.Tanh())'] = '^%-e:1: nn.Sequential:add: one module expected, got two',
   ['x = torch.ones(2) torch.sgimoid(x)'] = 'did you mean torch%.sigmoid%?', ['help "torch.formats"'] = '^torch%.formats: files', ['help "autograd"'] = "^require 'autograd'",
   ['dist = require "dist" help "dist"'] = '^dist: one program',
   ['help "optm"'] = 'did you mean optim%?', ['help "torch.ad"'] = 'did you mean torch.add%?', ['help "zzzzzz"'] = '^undocumented symbol: zzzzzz\n$',
   ['help(torch.ones(2).narrow)'] = '^x:narrow%(', ['help(torch.FloatStorage(2).fill)'] = 'fill%(',
   ['torch.checkNaN(3)'] = '^%-e:1: checkNaN: argument #1 %(on%): boolean expected, got number\n',
} do match(statement(text), want, text) end

-- torch.test runs suites of the project where they are, and says so where not.
local tests = paths.concat(paths.dirname(package.searchpath('torch.selftest', package.path)), '../../test/lua/check.lua')
local installed = not io.open(package.searchpath('torch.selftest', package.path):gsub('selftest%.lua$', '') .. '../../test/lua/check.lua')
if installed then
   match(statement 'print(torch.test())', 'not installed; .*\nfalse\n', 'no tests: ' .. tests)
else
   match(statement 'print(torch.test("class"))', '^== class\n%d+ passed, 0 failed\nall suites passed\ntrue\n$', 'torch.test')
   match(statement 'torch.test{"nosuch"}', "%-e:1: torch.test: there is no suite 'nosuch'; there are accuracy, ", 'a suite that is not there')
end

paths.rmall(folder, 'yes')
check.finish()
