--- The launcher: options, scripts, errors, exit status, Ctrl-C in scripts.
--    luajit test_launcher.lua path/of/th
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. '../lua/check.lua')
local pty = dofile(here .. 'pty.lua')

local th = arg[1] or os.getenv('TH')
if not th then
   io.stderr:write('usage: luajit test_launcher.lua path/of/th\n')
   os.exit(2)
end

local script = os.tmpname()

local function write_script(text)
   local f = io.open(script, 'w')
   f:write(text)
   f:close()
   return script
end

-- Runs th with arguments (shell syntax); returns stdout, stderr, status.
local function run(arguments, input)
   local errors = os.tmpname()
   local pipe = io.popen(('%s %s %s 2>%s; echo " status $?"'):format(
      input and ("printf '%s' |"):format(input) or '', th, arguments, errors))
   local out, status = pipe:read('*a'):match('^(.*) status (%d+)\n$')
   pipe:close()
   local f = io.open(errors)
   local err = f:read('*a')
   f:close()
   os.remove(errors)
   return out, err, tonumber(status)
end

-- Three results at once.
local function expect(what, arguments, want_out, want_err, want_status, input)
   local out, err, status = run(arguments, input)
   check.match(out, want_out, what .. ': output')
   check.match(err, want_err, what .. ': stderr')
   check.eq(status, want_status, what .. ': status')
end

expect('statement', [[-e 'print(type(torch), jit.status())']], '^table\ttrue', '^$', 0)
expect('error in a statement', [[-e 'error("bad")']], '^$', '^%-e:1: bad\n$', 1)
expect('syntax error in a statement', [[-e 'x = = 1']], '^$', '^%-e:1: .*near', 1)
expect('missing statement', '-e', '^$', '%-e needs a statement', 1)
expect('arguments of a statement', [[-e 'print(arg[1], arg[2])' a -i]], '^a\t%-i\n$', '^$', 0)
expect('library', [[-l paths -lsys -e 'print(type(paths), type(sys))']], '^table\ttable\n$', '^$', 0)
expect('missing library', [[-l no_such_library -e 'print(1)']], '^1\n$', 'could not load no_such_library, skipping', 0)
expect('help', '--help', '^usage: th ', '^$', 0)
expect('version', '--version', '^torch %d+%.%d+%.%d+, LuaJIT 2[^\n]*\n$', '^$', 0)
expect('unknown option', '--nope', '^$', 'Error: unrecognized flag %-%-nope', 1)
expect('standard input', '', '^3\n$', '^$', 0, 'print(1 + 2)')
expect('standard input by name', '- a b', '^a\tb\n$', '^$', 0, 'print(...)')
expect('error in standard input', '', '^$', '^stdin:1: no\n', 1, 'error("no")')
expect('missing script', 'no_such_script.lua', '^$', 'cannot open no_such_script%.lua', 1)

write_script [[
print(arg[0] == debug.getinfo(1, 'S').source:sub(2), #arg, ...)
print({a = 1})
]]
expect('script', script .. ' x -i', '^true\t2\tx\t%-i\n{\n  a : 1\n}\n$', '^$', 0)
write_script [[
local function inner() local x = nil; return x.field end
local function outer() inner() return 1 end
outer()
]]
local _, err = run(script)
check.match(err, "^[^\n]*:1: attempt to index local 'x'[^\n]*\nstack traceback:\n   [^\n]*:1: in function 'inner'\n"
   .. "   [^\n]*:2: in function 'outer'\n   [^\n]*:3: in main chunk\n$", 'traceback')
expect('runaway recursion', [[-e 'local function f(n) return 1 + f(n + 1) end f(1)']], '^$', 'stack overflow', 1)
expect('exit status', [[-e 'os.exit(7)']], '^$', '^$', 7)
expect('error object', [[-e 'error(setmetatable({}, {__tostring = function() return "mine" end}))']], '^$', '^mine\n', 1)
expect('new global', [[-g -e 'x = 1']], '', 'created global variable: x @ %-e:1', 0)
expect('new global as an error', [[-gg -e 'x = 1']], '', 'created global variable: x @ %-e:1', 1)

-- Errors of libraries name the user's line, and what was meant
expect('index', [[-e 'local x = torch.Tensor(2, 2)
x[5] = 1']], '^$', '^%-e:2: x%[i%] = v: argument #1 %(i%): index 5 out of range[^\n]*\n$', 1)
expect('indices', [=[-e 'local x = torch.Tensor(2, 2)
print(x[{6, 1}])']=], '^$', '^%-e:2: x%[i%]: argument #1 %(i%): index 6 out of range[^\n]*\n$', 1)
expect('misspelled method', [[-e 'local b = torch.Tensor(2) b:ad(1)']], '^$', '^%-e:1: [^\n]*; did you mean b:add%?\n$', 1)
for what, case in pairs{['misspelled method beside nearer objects'] = {'t:sopt()', 'did you mean t:stop%?\n$'},
   ['no such method of a small class'] = {'t:fill(1)', '; methods of torch%.Timer: [^\n]*stop[^\n]*\n$'},
   ['no such method of a string'] = {'s:ad(1)', "method 'ad' %(a nil value%)\n$"}} do -- a file's text tells whose method it is
   local script = os.tmpname()
   local f = io.open(script, 'w')
   f:write('local b, t, s = torch.Tensor(2), torch.Timer(), "a"\n', case[1], '\n')
   f:close()
   expect(what, script, '^$', case[2], 1)
   os.remove(script)
end
-- what is suggested is of the object in which the name was looked for, and of no other one at hand
for line, answer in pairs{
   ['x, net = torch.ones(2), nn.Tanh() x:forwrd(1)'] = "%(a nil value%)",
   ['x, net = torch.ones(2), nn.Tanh() net:forwrd(1)'] = 'did you mean net:forward%?',
   ['local x, net = torch.ones(2), nn.Tanh() x:forwad(1)'] = 'did you mean x:frac%?',
   ['local x, net = torch.ones(2), nn.Tanh() net:get(1)'] = '; methods of nn.Tanh: [^\n]*',
   ['local x, net = torch.ones(2), nn.Tanh() return net:forwad(1) + x:ad(1)'] = 'did you mean net:forward%?',
   ['local x, net = torch.ones(2), nn.Tanh() return x:clone():ad(1)'] = 'did you mean torch%.DoubleTensor:add%?',
   ['local t, net = {a = 1}, nn.Sequential() t:ad(1)'] = '%(a nil value%)',
   ['local o, u = {sub = {rate = {}}}, {rtae = {}} return o.sub.rtae.x'] = 'did you mean rate%?',
   ['o, u = {sub = {rate = {}}}, {rtae = {}} return o.sub.rtae.x'] = 'did you mean rate%?',
   ['local o, u = {sub = {}}, {foobar = 1} o.sub.foobr()'] = '%(a nil value%)',
   ['local o = {rate = {}} local function f() return o.rtae.x end print(f())'] = 'did you mean o%.rate%?',
} do expect('misspelt in ' .. line, ("-l nn -e '%s'"):format(line), '^$', '^%-e:1: [^\n]*' .. answer .. '\n', 1) end
expect('misspelled class', [[-l nn -e 'nn.Liner(1, 2)']], '^$', 'did you mean nn%.Linear%?\n$', 1)
expect('misspelled global', [[-e 'pritn(1)']], '^$', 'did you mean print%?\n$', 1)
expect('misspelled field', [[-e 'local o = {rate = {}} print(o.rat.x)']], '^$', 'did you mean o%.rate%?\n$', 1)
expect('misspelled method of a string', [[-e 'print(("a"):rpe(2))']], '^$', 'did you mean string:rep%?\n$', 1)

expect('a tensor made by a finalizer at the end', [[-l nn -e 'keep = newproxy(true)
getmetatable(keep).__gc = function() print(torch.Tensor(3):fill(1):sum(), nn.Linear(3, 2):forward(torch.ones(3)):size(1)) end']],
   '^3\t2\n$', '^$', 0)

-- Packages: the user's first, ours found all the same, by child processes as well
local folder = script .. '.d'
os.execute('mkdir -p ' .. folder .. '/optim ' .. folder .. '/p')
local function write_file(name, text)
   local f = io.open(folder .. '/' .. name, 'w')
   f:write(text)
   f:close()
end
write_file('optim/init.lua', 'return "mine"')
write_file('p/init.lua', "include('b.lua') return included")
write_file('p/b.lua', "included = 'b'")
local function run_with(variables, arguments)
   local plain = th
   th = 'env ' .. variables .. ' ' .. th
   local out = run(arguments)
   th = plain
   return out
end
local mine = "LUA_PATH='" .. folder .. "/?/init.lua"
check.eq(run_with(mine .. "'", [[-e 'print(require "optim", torch.ones(2):sum())']]), 'mine\t2\n', "the user's LUA_PATH")
check.eq(run_with(mine .. ";;'", [[-e 'print(require "optim", require("nn") == nn)']]), 'mine\ttrue\n', 'with a default')
check.eq(run_with(mine .. "'", [[-e 'print(require "p")']]), 'b\n', 'include by a package')
if os.getenv('ASAN_OPTIONS') then
   print('skipped: luajit itself cannot load sanitized libraries')
else
   check.eq(run([=[-e 'os.execute("luajit -e \"require [[torch]] print(torch.ones(2):sum())\"")']=]), '2\n', 'a child process')
end
check.eq(run_with("TH_PREFIX=/o LUA_PATH='/u/?.lua;/o/share/lua/5.1/?.lua;/o/share/lua/5.1/?/init.lua;;'",
   [[-e 'print(os.getenv("LUA_PATH"):match("^/u/%?.lua;"), os.getenv("LUA_PATH"):match("/o/"))']]), '/u/?.lua;\tnil\n',
   'folders of another th')

-- The user's rocks: behind our own packages, before the system's
local rocks = folder .. '/.luarocks/share/lua/5.1'
os.execute(('mkdir -p %s/mine && cp -r %s/optim %s'):format(rocks, folder, rocks))
write_file('.luarocks/share/lua/5.1/mine/init.lua', 'return "a rock"')
local home = "HOME='" .. folder .. "'"
check.eq(run_with(home, [[-e 'print(require "mine", type(require "optim"))']]), 'a rock\ttable\n', "the user's rocks")
check.eq(run_with(home, [[-e 'local _, times = package.path:gsub("%.luarocks/", "")
   print(times, package.path:match("[^;]*$"):find("%.luarocks/"))']]), '2\tnil\n', 'their place')
for _, name in ipairs {'lfs', 'cjson'} do -- the system's packages, where it has them
   if check.succeeds(("luajit -e 'require %q' 2>/dev/null"):format(name)) then
      check.eq(run_with(home, ([=[-e 'print(type(require %q))']=]):format(name)), 'table\n', 'the system\'s ' .. name)
   end
end
os.execute('rm -r ' .. folder)
expect('globals', [[-e 'print(type(paths), type(sys), type(xlua), require "sys.fpath" == sys.fpath)']], '^table\ttable\ttable\ttrue\n$', '^$', 0)

-- The session's code stays unloaded
expect('lean start', [[-e 'for k in pairs(package.loaded) do if k == "trepl" or k == "trepl.printer" then print(k) end end']], '^$', '^$', 0)

-- Ctrl-C in scripts. They say that they are ready where the press is to find them, in the loop and inside pcall: nothing depends on when it
-- comes. Further presses wait for what the one before shows.
local function press(text, ...)
   local t = pty.start(th, {write_script(text)}, {NO_COLOR = '1'})
   for _, sign in ipairs{'ready', ...} do
      if not t:wait(sign) then return 'not ' .. sign .. ': ' .. pty.plain(t.seen) end
      os.execute('sleep 0.1') -- most likely within what follows; before it would be right, too
      t:type('\3')
   end
   local status, signal = t:finish()
   if not status then t:kill() end
   return pty.plain(t.seen), status, signal
end

local out, status, signal = press("local n = 0\nwhile true do n = n + 1 if n == 1e5 then print 'ready' end end")
check.match(out, script:gsub('%p', '%%%0') .. ':2: interrupted!\n$', 'uncaught')
check.eq(signal, 2, 'an interrupted script ends by SIGINT')
out = press([[
local x, n = torch.Tensor(10), 0
while true do
   x:apply(function() return 1 end)
   n = n + 1
   if n == 1e4 then print 'ready' end
end
]])
check.match(out, '^%s*%^C%s*' .. script:gsub('%p', '%%%0') .. ':[2-6]: interrupted!\n', "the user's line, not that of apply")
out, status, signal = press([[ -- a loop of 2^62 steps
local message = require 'onnx.message'
local int, bytes = message.int, message.bytes
local function named(field, name) return bytes(field, bytes(1, name)) end
local body = named(11, 'i') .. named(11, 'go') .. named(11, 'v') .. bytes(5, int(2, 9) .. bytes(8, 'on') .. bytes(9, '\1')) .. named(12, 'on') .. named(12, 'v')
local most = bytes(5, int(1, 1) .. int(2, 7) .. bytes(8, 'most') .. bytes(9, ('\0'):rep(7) .. '\64'))
local loop = bytes(1, bytes(1, 'most') .. bytes(1, '') .. bytes(1, 'x') .. bytes(2, 'y') .. bytes(4, 'Loop') .. bytes(5, bytes(1, 'body') .. bytes(6, body) .. int(20, 5)))
local x = bytes(11, bytes(1, 'x') .. bytes(2, bytes(1, int(1, 1) .. bytes(2, bytes(1, int(1, 2))))))
local path = os.tmpname()
local f = io.open(path, 'wb')
f:write(int(1, 8) .. bytes(7, loop .. most .. x .. named(12, 'y')) .. bytes(8, bytes(1, '') .. int(2, 17)))
f:close()
local model = require 'onnx'.load(path)
os.remove(path)
local ok, why = pcall(function() print 'ready' model:forward(torch.FloatTensor(2)) end)
print('stopped', ok)
error(why, 0)
]])
check.match(out, 'interrupted!', 'a run of an ONNX model stops')
check.eq(signal, 2, 'a script ends by SIGINT that was stopped in a run')
out, status, signal = press([[
pcall(function() print 'ready' while true do end end)
error('another')
]])
check.match(out, ':2: another', 'an error after a caught interrupt')
check.eq(status, 1, 'status of an error after a caught interrupt')
-- A loop of the shell stops. Only bash asks how its children ended.
local bash = io.open('/bin/bash')
if not bash then
   print('note: no bash here; a loop of the shell was not tested')
else
   bash:close()
   local t = pty.start('/bin/bash', {'-c', ('for i in 1 2 3; do echo round $i; %s %s; done'):format(th,
      write_script("print 'ready' while true do end"))}, {NO_COLOR = '1'})
   check.ok(t:wait('ready'), 'a script that the shell runs')
   t:type('\3')
   check.ok(t:finish(), 'the shell ends')
   check.eq(pty.plain(t.all):find('round 2'), nil, 'a loop of the shell stops')
end
out, status = press([[
local ok, message = pcall(function() local n = 0 while true do n = n + 1 if n == 1e5 then print 'ready' end end end)
local s = 0
for i = 1, 1e6 do s = s + i end
print('caught', ok, message, s)
]])
check.match(out, 'caught\tfalse\t[^\n]*interrupted!\t500000500000\n', 'pcall')
check.eq(status, 0, 'status after pcall')
out, status = press([[
local signal = require 'th.signal'
signal.onInterrupt('finishing\n')
print 'ready'
local rounds, called = 0, 0
repeat for i = 1, 1e5 do rounds = rounds + 1 end until signal.interrupted()
signal.onInterrupt(function() called = called + 1 end)
assert(not signal.interrupted())
print('saved', rounds % 1e5 == 0)
]])
check.match(out, 'finishing\nsaved\ttrue\n', 'onInterrupt with a text')
check.eq(status, 0, 'status after onInterrupt')
out, status, signal = press([[
local signal = require 'th.signal'
signal.onInterrupt(true)
print 'ready'
repeat until signal.interrupted()
io.write('saved')
signal.exit()
]])
check.match(out, 'saved$', 'output before signal.exit')
check.eq(signal, 2, 'signal.exit ends by SIGINT')
out = press([[
local signal = require 'th.signal'
local called = 0
signal.onInterrupt(function() called = called + 1 end)
print 'ready'
repeat until signal.interrupted()
assert(signal.interrupted() and called == 1)
assert(signal.interrupted(true) and not signal.interrupted())
print('called', called)
]])
check.match(out, 'called\t1\n', 'onInterrupt with a function')
out = press([[
require('th.signal').onInterrupt('noted\n')
print 'ready'
while true do end
]], 'noted\n')
check.match(out, 'interrupted!', 'second Ctrl-C of a script that does not ask')
out, status = press([[
require('ffi').cdef 'unsigned sleep(unsigned);'
print 'ready'
while true do require('ffi').C.sleep(1) end
]])
check.match(out, 'interrupted!', 'in a C function that returns')
expect('wrong argument of onInterrupt', [[-e 'require("th.signal").onInterrupt(false)']], '^$', 'function, text for stderr, true, or nil', 1)

os.remove(script)
check.finish()
