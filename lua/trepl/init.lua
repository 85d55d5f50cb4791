--- The interactive session of th.
require 'trepl.globals'
local colors = require 'sys.terminal'
local printer = require 'trepl.printer'
local traceback = require 'trepl.traceback'
local chunk = require 'trepl.chunk'
local who = require 'xlua.who'

local M = {}

_RESULTS = {}
_LAST = ''

local on_terminal = colors.isatty(0) and colors.isatty(1)

local banner = [[

  _____              _
 |_   _|__  _ _  ___| |_     th: tensors in LuaJIT
   | |/ _ \| '_|/ __| ' \    ? for help, Ctrl-D to leave
   |_|\___/|_|  \___|_||_|
]]

-- Reading ---------------------------------------------------------------------------------------

local ok_readline, readline = pcall(require, 'readline')
if not ok_readline then  -- plain LuaJIT without the launcher
   readline = {
      readline = function(prompt)
         io.write(prompt)
         io.flush()
         return io.read('*l')
      end,
   }
end

local HISTORY_LINES = 5000

local history = {}

local function history_path()
   local home = os.getenv('HOME') or os.getenv('USERPROFILE')
   return os.getenv('TREPL_HISTORY') or (home and home .. '/.luahistory')
end

-- The file is ours to read and append to, a line each, so that sessions side by side and a crash lose
-- nothing and any line editor can use it.
function history.load()
   local f = on_terminal and readline.add_history and history_path() and io.open(history_path())
   if not f then return end
   local lines = {}
   for line in (f:read('*a') or ''):gmatch('[^\n]+') do -- nothing from a folder
      if line ~= '_HiStOrY_V2_' then lines[#lines + 1] = line end
   end
   f:close()
   for i = math.max(1, #lines - HISTORY_LINES + 1), #lines do readline.add_history(lines[i]) end
   history.last = lines[#lines]
end

function history.add(line)
   if not on_terminal or not readline.add_history or line == history.last or not line:match('%S') then return end
   history.last = line
   readline.add_history(line)
   local f = history_path() and io.open(history_path(), 'a')
   if f then
      f:write(line, '\n')
      f:close()
   end
end

-- Returns a line, or nil and, when Ctrl-C was pressed, 'interrupted'.
local function read(prompt)
   local line, why = readline.readline(prompt)
   if line then history.add(line) end
   return line, why
end

-- Evaluating --------------------------------------------------------------------------------------

local function show_error(message)
   io.stdout:flush()
   -- The terminal has shown ^C in the middle of a line.
   if colors.isatty(2) and message:find('interrupted!', 1, true) then io.stderr:write('\n') end
   io.stderr:write(message, '\n')
   io.stderr:flush()
end

local function handler(err)
   return traceback.handler(err, colors.shows(2))
end

local function remember(first)
   _RESULTS[#_RESULTS + 1] = first
   _LAST = _RESULTS[#_RESULTS]
end

local function call(f, shows_values)
   local results = {n = 0}
   local function collect(...)
      results = {n = select('#', ...), ...}
   end
   -- Printing runs __tostring and may fail or be interrupted as well.
   local ok, message = xpcall(function()
      f(collect)
      if shows_values and results.n > 0 then
         _RESULT = {unpack(results, 1, results.n)}
         if results[1] ~= nil then remember(results[1]) end
         printer.print_results(unpack(results, 1, results.n))
      end
   end, handler)
   if not ok then show_error(message) end
   return ok
end

local function clock()
   return require('sys').clock()
end

local times_shown = true

--- trepl.setprinttime(on): whether the time that a line took is shown at the right of the prompt's window.
function M.setprinttime(on)
   if type(on) ~= 'boolean' then error('setprinttime: true or false expected', 2) end
   times_shown = on
end

local function show_time(start)
   if not times_shown then return end
   local text = ('[%.4fs]'):format(clock() - start)
   -- One column stays free: a full line would wrap.
   local room = (on_terminal and require('xlua.progress').columns() or 80) - 1 - #text
   io.write(colors.dim, (' '):rep(math.max(room, 0)), text, colors.none, '\n')
end

--- trepl.evaluate(text [, final = false]) -> boolean: runs a piece of source as if typed; false if it needs more lines,
-- else true. final: there are no more lines, so that incomplete input is an error.
function M.evaluate(text, final)
   local kind, what = chunk.compile(text)
   if kind == 'incomplete' and not final then return false end
   local start = clock()
   if kind == 'values' or kind == 'chunk' then
      call(what, kind == 'values')
   else
      local meant = require('trepl.elsewhere').syntax(text)
      show_error(colors.red .. 'syntax error: ' .. what:gsub('^th:', 'line ') .. (meant and '; in Lua: ' .. meant or '') .. colors.none)
   end
   show_time(start)
   return true
end

local aliases = {
   ls = 'ls -C', ll = 'ls -l', la = 'ls -a', lla = 'ls -la',
}

local function shell(command)
   local name, rest = command:match('^%s*(%S+)(.*)$')
   if not name then return end
   local pipe = io.popen((aliases[name] or name) .. rest .. ' 2>&1')
   local out = {}
   for line in pipe:lines() do
      io.write(line, '\n')
      out[#out + 1] = line
   end
   pipe:close()
   remember(table.concat(out, '\n'))
end

local function show_help(name)
   if not name:match('%S') then name = nil end
   require('trepl.help').help(name)
end

local function protected(f, ...)
   local arguments = {...}
   xpcall(function() f(unpack(arguments)) end, function(e) show_error(handler(e)) end)
end

-- `help` and `help torch.add`, unless the session has a variable of that name or means it otherwise.
local function asks_help(line)
   local name = line:match('^%s*help%s*$') and '' or line:match('^%s*help%s+([%a_][%w_.:]*)%s*$')
   return who.is_systems('help') and name
end

-- Text to evaluate, or nil where the command has been dealt with.
local function command(line)
   if line:match('^%s*%$') then
      protected(shell, line:match('^%s*%$%s*(.*)$'))
   elseif line:match('^%s*%?') then
      protected(show_help, line:match('^%s*%?%s*(.-)%s*$'))
   elseif asks_help(line) then
      protected(show_help, asks_help(line))
   else
      return (line:gsub('^%s*=', '', 1))
   end
end

-- Asks whether to leave. Returns true, or the text typed instead of an answer, or nil.
local function ask_exit()
   if not on_terminal then return true end
   local answer, why = readline.readline('Do you really want to exit ([y]/n)? ')
   if why == 'interrupted' then return nil end
   if not answer or answer == '' or answer:match('^%s*[yY]') and #answer:match('%S+') == 1 then return true end
   if answer:match('^%s*[nN]o?%s*$') then return nil end
   return answer
end

-- Reads on until the input compiles; an empty line or the end of input gives up. An empty line inside
-- pasted text, with more of it waiting, or of a file is a part of it.
local function read_rest(text)
   while true do
      local more, why = read('..> ')
      if why == 'interrupted' then return end
      local given_up = more == '' and on_terminal and not (readline.pending and readline.pending())
      if not more or given_up then return M.evaluate(text, true) end
      text = text .. '\n' .. more
      if M.evaluate(text) then return end
   end
end

-- The word that a line consists of, with an empty list of arguments or without, if it is no variable.
local function lone_word(line)
   local word = line and line:match('^%s*(%a+)%s*%(?%s*%)?%s*;?%s*$')
   return word and rawget(_G, word) == nil and word
end

--- trepl.session() -> string: reads and evaluates lines until the end of input, 'exit', 'quit' or 'break': 'exit' or
-- 'break'.
function M.session()
   while true do
      local line, why = read('th> ')
      if why ~= 'interrupted' then
         local word = lone_word(line)
         if word == 'break' then return 'break' end
         if not line or word == 'exit' or word == 'quit' then
            if not line and on_terminal then io.write('\n') end
            local answer = ask_exit()
            if answer == true then
               if on_terminal then io.write(colors.none) end
               return 'exit'
            end
            line = answer
         end
         line = line and command(line)
         if line and not M.evaluate(line) then read_rest(line) end
      end
      io.stdout:flush()
   end
end

local ready = false

local function prepare()
   if ready then return end
   ready = true
   if readline.setup then readline.setup() end
   if readline.setcompleter then readline.setcompleter(require('trepl.completer').complete) end
   history.load()
   print = printer.print
   print_new = printer.print
   who.mark_system()
   if torch and torch.setheaptracking then torch.setheaptracking(true) end
end

--- trepl.repl(): a session inside a running program, for a look around: `break` goes on, `exit` ends the process.
function M.repl()
   prepare()
   if M.session() == 'exit' then os.exit(0, true) end
end

--- trepl.start([after_script = false]): called by the launcher. after_script: a script or statement has run already.
function M.start(after_script)
   prepare()
   if on_terminal then io.write(colors.cyan, banner, colors.none, '\n') end
   local startup = os.getenv('TREPLSTARTUP')
   if startup and startup ~= '' and not after_script then
      local f, message = loadfile(startup)
      if f then call(f, false) else show_error(message) end
   end
   while M.session() == 'break' do show_error('break ends a session that a program began by repl(); exit leaves th') end
end

return setmetatable(M, {__call = function() return M.repl() end})
