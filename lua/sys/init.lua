--- sys: clock, shell, and a few helpers that Torch scripts expect.
local ffi = require 'ffi'
local paths = require 'paths'

ffi.cdef [[
typedef struct { long sec, usec; } th_timeval;
int gettimeofday(th_timeval *now, void *zone);
int usleep(unsigned usec);
]]
local C = ffi.C

local M = rawget(_G, 'sys') -- th puts it there, empty, and loads this file when it is first used (luaT.later)
M = type(M) == 'table' and (getmetatable(M) or {}).later and setmetatable(M, nil) or {}
sys = M

-- Time --------------------------------------------------------------------------------------------------

local now = ffi.new('th_timeval')

--- sys.clock() -> number: seconds since 1970, with microseconds.
function M.clock()
   C.gettimeofday(now, nil)
   return tonumber(now.sec) + tonumber(now.usec) * 1e-6
end

local started = M.clock()

--- sys.tic(): starts the stop-watch.
function M.tic()
   started = M.clock()
end

--- sys.toc([verbose = false]) -> number: seconds since sys.tic(); verbose prints them as well.
--
-- > sys.tic()
-- > sys.toc() < 60
-- true
function M.toc(verbose)
   local elapsed = M.clock() - started
   if verbose then print(elapsed) end
   return elapsed
end

--- sys.usleep(usec): waits for so many microseconds.
function M.usleep(usec)
   while usec > 0 do  -- usleep itself may refuse a second and more
      C.usleep(math.min(usec, 500000))
      usec = usec - 500000
   end
end

--- sys.sleep(seconds): waits for so many seconds, a fraction perhaps.
function M.sleep(seconds)
   M.usleep(seconds * 1e6)
end

-- Shell -------------------------------------------------------------------------------------------------

--- sys.execute(command) -> string: runs a shell command; what it wrote to stdout and stderr, without blanks at the end.
--
-- > sys.execute('echo hello')
-- hello
function M.execute(command)
   local pipe, message = io.popen('{ ' .. command .. '\n} 2>&1')
   if not pipe then error('sys.execute: ' .. message, 2) end
   local out = pipe:read('*a')
   pipe:close()
   return (out:gsub('%s+$', ''))
end

--- sys.fexecute(command [, readwhat = '*all']) -> string: as sys.execute, through a temporary file; readwhat as for
-- file:read.
--
-- > sys.fexecute('echo hello')
-- hello
function M.fexecute(command, readwhat)
   local name = paths.tmpname()
   os.execute(('( %s\n) > %s 2>&1'):format(command, name))
   local f = assert(io.open(name))
   local out = f:read(readwhat or '*all')
   f:close()
   os.remove(name)
   return type(out) == 'string' and out:gsub('%s+$', '') or out
end

local function listing(flags)
   return function(folder)
      return M.execute(('ls %s %s'):format(flags, folder or '.'))
   end
end
--- sys.ls, sys.ll, sys.la, sys.lla([path = '.']) -> string: lists a folder, as the shell's ls, ls -l, ls -a, ls -la.
M.ls, M.ll, M.la, M.lla = listing(''), listing('-l'), listing('-a'), listing('-la')

--- sys.uname() -> string: the kind of system: 'linux', 'macos', 'windows' or '?'.
function M.uname()
   return ({Linux = 'linux', OSX = 'macos', Windows = 'windows'})[ffi.os] or '?'
end
--- sys.OS: what sys.uname() returns.
M.OS = M.uname()

--- sys.prefix: the folder of the installation; an installed th lives in its bin.
M.prefix = (function()
   local folder = paths.execdir()
   if not folder then return '' end
   return paths.basename(folder) == 'bin' and paths.dirname(folder) or folder
end)()

-- Helpers ----------------------------------------------------------------------------------------------

--- sys.fpath() -> folder, name: folder (with a slash) and name of the calling file.
function M.fpath()
   local source = debug.getinfo(2, 'S').source:gsub('^@', '')
   if source:sub(1, 1) ~= '/' then source = paths.concat(source) end
   return source:match('^(.*/)([^/]*)$')
end

--- sys.split(str, pattern) -> table: the fields of str between matches of a pattern. An empty first field is dropped,
-- others stay.
--
-- > table.concat(sys.split('a,b,c', ','), ' ')
-- a b c
function M.split(str, pattern)
   local fields, from = {}, 1
   while true do
      local first, last = str:find(pattern, from)
      if not first or last < first then break end
      if first > 1 then fields[#fields + 1] = str:sub(from, first - 1) end
      from = last + 1
   end
   if from <= #str then fields[#fields + 1] = str:sub(from) end
   return fields
end

--- sys.isNaN(x) -> boolean: whether a number is nan.
--
-- > sys.isNaN(0 / 0)
-- true
function M.isNaN(x)
   return x ~= x
end

M.dirname, M.concat = paths.dirname, paths.concat

--- sys.COLORS: terminal colours by name, plain escape sequences: sys.COLORS.red, sys.COLORS.none.
M.COLORS = {}
for name, code in pairs(require('sys.terminal').codes) do M.COLORS[name] = code end

--- sys.colors: as sys.COLORS, empty where stdout does not show colours.
M.colors = require 'sys.terminal'

return M
