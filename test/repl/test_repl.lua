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

local function plain_lines() return pty.plain(t.all):gmatch('[^\n]* %[%d+%.%d+s%]') end

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

-- Lines that run or err at once
check.match(enter('a = 1; a'), '^1\n', 'statements and an expression')
check.match(enter('x:sum'), '^syntax error: line 1: function arguments expected', 'no line mends it')
enter('print_x = 3')
check.match(enter('print_x + 1'), '^4\n', 'an expression that begins with print')
check.match(enter('printed'), '^nil\n', 'a name that begins with print')
check.eq(enter('print()'):match('^[^\n]*\n +%['), '\n' .. (' '):rep(70) .. '[', 'print without values')
check.match(enter('setmetatable({}, {__tostring = function() end})'), '^table: 0x%x+ %(its __tostring returned nil%)\n', '__tostring without a result')
check.match(enter('undefined.y'), '^th:1: ', 'line of an error')
t:type('if true then\n\nprint(5)\n\n\nend\n7 * 6\n')
check.match(t:wait('42\n'), '\n5\n', 'empty lines in a pasted block')
t:wait('\nth> ')
enter('do', '%.%.> ')
check.match(enter(''), "^syntax error: .*'end' expected", 'an empty line gives up')
enter('big = torch.range(1, 5000)')
check.match(enter('big'), '^    1\n.*\n %.%.%.\n.*\n 5000\n', 'a large tensor')
check.match(enter('print(big)'), '\n 2500\n', 'all of it')

-- Errors name the typed line, and what was meant
enter('m = torch.Tensor(2, 2)')
for _, line in ipairs{'m[5]', 'm[{6, 1}]', 'm[9] = 1', 'm[{1, 2, 3}] = 1', 'm:apply(function() return "a" end)', 'm:copy(torch.Tensor(3))'} do
   local text = enter(line)
   check.match(text, '^th:1: ', 'place of an error: ' .. line)
   check.eq(text:find('.lua:', 1, true), nil, 'nor a traceback: ' .. line)
end
check.match(enter('m:ad(1)'), 'did you mean m:add%?\n', 'method')
check.match(enter('torch.ad(1)'), 'did you mean torch%.add%?\n', 'function of a package')
check.match(enter('nothing_like_it()'), '%(a nil value%)\n', 'nothing near')

-- The time
enter('setprinttime(false)')
check.match(enter('1'), '^1\nth> $', 'no time')
enter('setprinttime(true)')
check.match(enter('1'), '^1\n +%[%d%.%d%d%d%ds%]\n', 'time again')
for line in plain_lines() do check.ok(#line < 80, 'time column: ' .. line) end

-- Help, shell
check.match(enter('help'), 'interactive session', 'help as a word')
check.match(enter('help()'), 'interactive session', 'help as a call')
check.match(enter('help torch.add'), '^torch%.add%(', 'help NAME')
check.match(enter('?nn.Linear'), '^nn%.Linear%(', 'a class before require')
check.match(enter('break'), 'exit leaves th', 'a lone break')
check.match(enter('?'), 'interactive session', 'help')
check.match(enter('? nosuchname'), 'undocumented symbol: nosuchname', 'help on nothing')
check.match(enter("? require('paths').basename"), 'without the suffix', 'help from the comment of a function')
check.match(enter('$ echo one; echo two'), '^one\ntwo\n', 'shell')

-- Ctrl-C: in a compiled loop, in an empty one, in a Lua function, in a sleep, at the prompt
-- Each says that it has begun, in words that the echo of the line does not show.
local say = 'print("be" .. "gun")'
local loops = {
   'n = 0 while true do n = n + 1 if n == 1e5 then SAY end end', 'SAY while true do end', 'for i = 1, 1e18 do local t = {i} if i == 1e4 then SAY end end',
   'SAY repeat x = tostring(x) until false', "SAY require('sys').sleep(1000)", "pcall(function() SAY while true do end end) error('after')",
}
for i, loop in ipairs(loops) do
   t:type(loop:gsub('SAY', say) .. '\n')
   check.ok(t:wait('begun\n'), 'the beginning of ' .. loop)
   t:type('\3')
   local text = t:wait('\nth> ')
   check.match(text, loop:match('pcall') and 'after' or '\nth:%d+: interrupted!', 'Ctrl-C in ' .. loop)
   check.match(enter('6*7'), '^42\n', 'session after loop ' .. i)
end
check.match(enter('n > 0'), '^true\n', 'what the loop did is there')
t:type(say .. ' while true do end\n')
t:wait('begun\n')
t:type('8 * 8\n9 * 9\n')
t:wait('9 %* 9\n') -- the terminal's echo
t:type('\3')
local after = t:wait('\nth> ')
check.match(after, 'interrupted!', 'Ctrl-C with input waiting')
check.match(enter('6*7'), '^42\n', 'what was typed meanwhile is gone')
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
t:type('coroutine.wra\tfunction() end)\n')
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
for _, word in ipairs{'quit', 'quit()', 'exit()', ' exit ;'} do
   t:type(word .. '\n')
   check.ok(t:wait('Do you really want to exit'), word)
   t:type('n\n')
   t:wait('th> ')
end
enter('quit = 3')
check.match(enter('quit'), '^3\n', 'a variable of that name')
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

-- Strange surroundings: it works, and nothing is said about them.
for what, variables in pairs{
   ['no HOME, no TERM'] = {}, ['dumb terminal'] = {'TERM=dumb'}, ['unknown terminal'] = {'TERM=no-such'},
   ['no locale'] = {'LC_ALL=xx_YY.UTF-8', 'TERM=xterm'}, ['no folder'] = {'HOME=/none', 'TERM=xterm'},
   ['no file for the history'] = {'TREPL_HISTORY=/proc/none', 'TERM=xterm'},
   ['a folder as history'] = {'TREPL_HISTORY=/', 'TERM=xterm'},
} do
   local arguments = {'-i'}
   for _, v in ipairs(variables) do arguments[#arguments + 1] = v end
   arguments[#arguments + 1] = th
   t = pty.start('/usr/bin/env', arguments)
   check.match(t:wait('th> '), '^\n[^%a]*_.*leave[^%a]*th> $', what .. ': start')
   check.match(enter('6*7'), '^42\n', what .. ': session')
   t:type('\4')
   t:wait('exit')
   t:type('\n')
   check.eq(t:finish(), 0, what .. ': end')
end

-- Not a terminal: no editing, no questions; empty lines belong to a block.
local pipe = io.popen(("printf 'for i = 1, 2 do\n\nprint(i)\nend\n6 * 7' | %s -i -e 'a = 1' 2>&1; echo $?"):format(th))
local piped = pipe:read('*a')
pipe:close()
check.match(piped, '1\n2\n.*42\n.*\n?th> 0\n$', 'a session from a pipe')

os.remove(history)
os.remove(startup)
check.finish()
