--- xlua and sys.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local xlua = require 'xlua'
local sys = require 'sys'

-- Time
for seconds, text in pairs {[0] = '0ms', [0.0123] = '12ms', [1.5] = '1s500ms', [61] = '1m1s', [3600] = '1h', [3661] = '1h1m',
   [90000] = '1D1h', [59.9999] = '1m', [0.9999] = '1s'} do
   check.eq(xlua.formatTime(seconds), text, 'formatTime ' .. seconds)
end

-- The bar in a log: about ten lines, the last one with the total.
local out = check.captured(function()
   for i = 1, 300 do xlua.progress(i, 300) end
end)
local lines = {}
for line in out:gmatch('[^\n]+') do lines[#lines + 1] = line end
if not out:find('\r') then
   check.eq(#lines, 11, 'lines of a log')
   check.match(lines[11], '100%%  300/300  Tot: .* | Step: ', 'last line')
else
   for redraw in out:gmatch('[^\r\n]+') do check.ok(#redraw < 120, 'bar fits') end
end
check.error(function() xlua.progress('a') end, 'two numbers', 'progress of a string')
check.eq(check.captured(function() xlua.progress(1, 1) end):match('\n$'), '\n', 'a single step ends its line')

-- Additions
local remaining, removed = table.splice({1, 2, 3, 4}, 2, 2)
check.eq({remaining, removed}, {{1, 4}, {2, 3}}, 'splice')
check.eq({table.splice({5, 6})}, {{6}, {5}}, 'splice defaults')
check.eq(table.prune({1, 2, 1, 3, 2}), {1, 2, 3}, 'prune')
check.eq(table.prune({1, 2, 3, 4}, function(v) return v % 2 end, function(a, b) return a + b end), {4, 6}, 'prune and merge')
check.eq(('a,,b,'):split(','), {'a', '', 'b', ''}, 'split')
check.eq(('a b'):split('%s+'), {'a', 'b'}, 'split by pattern')
check.eq(('torch.typename'):tosymbol(), torch.typename, 'tosymbol')
check.eq(sys.split('/a//b', '/'), {'a', '', 'b'}, 'sys.split')

-- Text
check.eq(xlua.table2string {1, {2, x = 'a'}}, '{1, {2, x="a"}}', 'table2string')
check.match(check.captured(function() xlua.print {a = 1, b = ('x'):rep(50)} end), '%[b%] = x+%.%.%.', 'print cuts long strings')

-- Named arguments
local defs = {{arg = 'a', type = 'number', help = 'first', req = true}, {arg = 'b', default = 5}, {arg = 'c', defaulta = 'a'}}
local function call(...) return select(2, xlua.unpack({...}, 'f', 'does it', unpack(defs))) end
check.eq({call(1, 2, 3)}, {1, 2, 3}, 'positional')
check.eq({call {a = 1}}, {1, 5, 1}, 'named, with defaults')
check.eq({call({a = 1, b = false})}, {1, false, 1}, 'false is a value')
check.match(xlua.usage('f', 'does it', 'f{a=1}', unpack(defs)), 'a = number +%-%- first  %[REQUIRED%]', 'usage')
local object = xlua.unpack_class({}, {{a = 2}}, 'f', '', unpack(defs))
check.eq({object.a, object.b}, {2, 5}, 'unpack_class')
local stderr = io.stderr
io.stderr = {write = function() end}
check.error(function() call() end, "argument 'a' is required", 'required')
check.eq({call {a = 1, z = 2}}, {1, 5, 1}, 'other names are ignored')
check.match(tostring((xlua.unpack({1}, 'f', 'does it', unpack(defs))).usage), 'does it', 'usage as a text')
io.stderr = stderr

-- Environment, errors, packages
check.eq(xlua.envparams {SURELY_NOT_SET = 3}, {SURELY_NOT_SET = 3}, 'envparams')
check.eq(type(xlua.envparams({HOME = ''}).HOME), 'string', 'envparams of HOME')
check.error(function() xlua.error('no', 'here') end, 'no', 'error')
local caught
xlua.trycatch(function() error('x', 0) end, function(e) caught = e end)
check.eq(caught, 'x', 'trycatch')
check.eq(xlua.installed('sys'), true, 'installed')
check.eq(xlua.installed('surely_not_there'), false, 'not installed')

-- OptionParser
local op = xlua.OptionParser('%prog [options] file')
op:option {'-n', '--number', action = 'store', dest = 'n', default = 3, help = 'how many'}
op:option {'-v', '--verbose', action = 'store_true', dest = 'verbose'}
local options, rest = op:parse {'-v', '--number=4', 'x', '--', '-y'}
check.eq({options.n, options.verbose, rest}, {4, true, {'x', '-y'}}, 'options')
check.eq(options.__main__, true, 'main script')
check.eq(op:tostring(true), 'n=4,verbose=true', 'text of options')

-- Profiler
local p = xlua.Profiler('on')
p:start('work')
sys.usleep(2000)
local real = p:lap('work')
check.ok(real >= 0.002, 'profiler measures')
check.match(p:formatAll(), '^%$ profiler report:\n%$ work: real', 'profiler report')

-- sys
sys.tic()
sys.usleep(1000)
check.ok(sys.toc() >= 0.001, 'tic and toc')
check.eq(sys.execute('echo out; echo err >&2'), 'out\nerr', 'execute')
check.eq(sys.fexecute('echo out'), 'out', 'fexecute')
check.eq(sys.OS, sys.uname(), 'OS')
check.ok(sys.isNaN(0 / 0) and not sys.isNaN(1), 'isNaN')
check.eq(sys.COLORS.red, '\27[0;31m', 'COLORS')
check.match(select(2, sys.fpath()), 'test_xlua%.lua', 'fpath')

check.finish()
