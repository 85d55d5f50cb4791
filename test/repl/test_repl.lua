--- The interactive session, driven through a terminal:  luajit test_repl.lua path/of/th
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. '../lua/check.lua')
local pty = dofile(here .. 'pty.lua')

local th = arg[1] or os.getenv('TH')
if not th then
   io.stderr:write('usage: luajit test_repl.lua path/of/th\n')
   os.exit(2)
end

local history = os.tmpname()
local env = {TERM = 'xterm', NO_COLOR = '1', TREPL_HISTORY = history, TREPLSTARTUP = '', INPUTRC = '/dev/null'}

-- Has th a line editor? Without one there is no completion, and the terminal itself echoes.
local t = pty.start(th, {}, env)
check.ok(t:wait('for help'), 'banner')
check.ok(t:wait('th> '), 'prompt')

-- Types a line; returns what shows before the next prompt, without the echoed line.
local function enter(line, prompt)
   t:type(line .. '\n')
   local text = t:wait('\n' .. (prompt or 'th> '))
   if not text then return 'nothing came\n' .. pty.plain(t.seen) end
   return text:sub((text:find('\n', 1, true)) + 1)
end

-- Printing
check.match(enter('1+1, "a", nil, true'), '^2\ta\tnil\ttrue\n', 'values')
check.match(enter('1+1'), '\n? +%[%d%.%d%d%d%ds%]\n', 'time')
check.eq(enter('x = 5'):find('5\n'), nil, 'assignments print nothing')
check.eq(enter('x;'):find('^5'), nil, 'a semicolon keeps it quiet')
check.match(enter('= x'), '^5\n', '= expression')
check.match(enter('{1, k = {2, "s"}}'), '^{\n  1 : 1\n  k :\n    {\n      1 : 2\n      2 : "s"\n    }\n}\n', 'table')
check.match(enter('print({}, 3)'), '^{}\n3\n', 'print')
check.match(enter('_LAST'), '^{\n', 'last result')
check.match(enter('3 {a = {1}}'), 'syntax error', 'no two expressions in one line')
enter('setprintlevel(1)')
check.match(enter('{a = {1}}'), 'a : {%.%.%.}', 'print level')
enter('setprintlevel(5)')

-- Lines
check.eq(enter('for i = 1, 2 do', '%.%.> '), '..> ', 'continuation prompt')
enter('print(i * 10)', '%.%.> ')
check.match(enter('end'), '^10\n20\n', 'several lines')
check.match(enter('local y, z = 3'), '', 'locals')
check.match(enter('local function double(v) return 2 * v end'), '', 'local function')
check.match(enter('double(y)'), '^6\n', 'locals live on')
check.match(enter('local string = 1'), "global of that name stays", 'library names are safe')
check.match(enter('string.rep("ab", 2)'), '^abab\n', 'library name')

-- Mistakes
check.match(enter('x = = 1'), '^syntax error: line 1: ', 'syntax error')
check.match(enter('y.z.w = 1'), "attempt to index", 'error')
check.match(enter('error({})'), 'error object is a table', 'error object')
check.match(enter('(function() local function f() error("deep") end f() end)()'),
   "deep\nstack traceback:\n   th:1: in function 'f'\n", 'traceback')
check.eq(pty.plain(t.all):find('trepl/init.lua', 1, true), nil, 'frames of the session do not show')
check.match(enter('1+2'), '^3\n', 'the session goes on')

-- Help, shell
check.match(enter('?'), 'interactive session', 'help')
check.match(enter('? nosuchname'), 'undocumented symbol: nosuchname', 'help on nothing')
check.match(enter("? require('paths').basename"), 'without the suffix', 'help from the comment of a function')
check.match(enter('$ echo one; echo two'), '^one\ntwo\n', 'shell')

-- Ctrl-C: in a compiled loop, in an empty one, in a Lua function, in a sleep, at the prompt
local loops = {
   'n = 0 while true do n = n + 1 end', 'while true do end', 'for i = 1, 1e18 do local t = {i} end',
   'repeat x = tostring(x) until false', "require('sys').sleep(1000)", "pcall(function() while true do end end) error('after')",
}
for i, loop in ipairs(loops) do
   t:type(loop .. '\n')
   t:wait('\n')
   -- long enough for the loop to be compiled, if that is what happens to it
   os.execute('sleep 0.3')
   t:type('\3')
   local text = t:wait('\nth> ')
   check.match(text, loop:match('pcall') and 'after' or 'interrupted!', 'Ctrl-C in ' .. loop)
   check.match(enter('6*7'), '^42\n', 'session after loop ' .. i)
end
check.match(enter('n > 0'), '^true\n', 'what the loop did is there')
t:type('abandoned')
t:wait('abandoned')
t:type('\3')
check.ok(t:wait('\nth> '), 'Ctrl-C at the prompt')
check.match(enter('6*7'), '^42\n', 'the line is gone')
enter('do', '%.%.> ')
t:type('\3')
check.ok(t:wait('\nth> '), 'Ctrl-C at the second prompt')
check.match(enter('6*7'), '^42\n', 'several lines abandoned')

-- Completion
local function completed(typed, want, what)
   t:type(typed .. '\t')
   check.ok(t:wait(want), what)
   t:type('\3')
   t:wait('\nth> ')
end
t:type('coroutine.wra\t')
os.execute('sleep 0.3')
t:type('function() end)\n')
local text = t:wait('\nth> ')
if text and text:match('%^I') == nil and text:match('wrap%(') then
   enter('thing = {first = 1, second = {third = function() end}}')
   completed('thing.f', '^thing%.first ', 'field')
   completed('thing.second.th', 'third%(', 'nested field')
   completed('thing["second"].th', 'third%(', 'field behind an index')
   enter('object = setmetatable({}, {__index = {method = function() end, data = 1}})')
   completed('object:m', 'object:method%(', 'method')
   completed('("x"); io.stdout:see', 'seek%(', 'method of userdata')
   completed('colleg', 'colleg', 'nothing to complete')
   completed('collectg', 'collectgarbage%(', 'global')
   completed('x = 1 + tonu', 'tonumber%(', 'in an expression')
   completed("dofile('" .. here .. 'test_r', 'test_repl%.lua', 'file name')
   t:type('thing.\t\t')
   check.ok(t:wait('first +second'), 'list of candidates')
   t:type('\3')
   t:wait('\nth> ')
else
   print('note: no line editor in this th; completion was not tested')
end

-- History: on disk at once, a line each
local f = io.open(history)
local lines = f:read('*a')
f:close()
if lines ~= '' then
   check.match(lines, '\nfor i = 1, 2 do\nprint%(i %* 10%)\nend\n', 'history file')
   t:type('\27[A\27[A\n')  -- twice up
   check.ok(t:wait('\nth> '), 'history')
end

-- The end
t:type('exit\n')
check.ok(t:wait('Do you really want to exit %(%[y%]/n%)%? '), 'question')
t:type('n\n')
check.ok(t:wait('th> '), 'answer no')
t:type('\4')
check.ok(t:wait('Do you really want'), 'question at the end of input')
t:type('y\n')
check.eq(t:finish(), 0, 'exit status')

-- A second session: history of the first, startup file, -i
local startup = os.tmpname()
f = io.open(startup, 'w')
f:write('started = 12\n')
f:close()
env.TREPLSTARTUP = startup
t = pty.start(th, {}, env)
t:wait('th> ')
check.match(enter('started'), '^12\n', 'startup file')
t:kill()
t = pty.start(th, {'-i', '-e', 'a = 4'}, env)
t:wait('th> ')
check.match(enter('a, started'), '^4\tnil\n', '-i after a statement')
check.match(enter('local inner = a repl()'), '', 'repl in repl')
t:type('break\n')
check.ok(t:wait('\nth> '), 'break')
check.match(enter('a'), '^4\n', 'after break')
t:kill()

os.remove(history)
os.remove(startup)
check.finish()
