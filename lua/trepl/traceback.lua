--- Error messages with the part of the traceback that helps: from the place of the error to the
-- user's main chunk, without frames of the launcher and of the session.
local M = {}

local here = debug.getinfo(1, 'S').source:gsub('[^/]*$', '')
local library = here:gsub('[^/]*/$', '')

local function lies_in(info, folder) return folder ~= '' and info.source:sub(1, #folder) == folder end

-- Frames of files in this folder are ours, and those of the kernel of notebooks.
local function is_ours(info) return lies_in(info, here) or lies_in(info, library .. 'jupyter/') end

-- Is it code that the user wrote? Installed packages lie beside ours, and chunks of them are named (so).
local function is_users(info)
   return info.what ~= 'C' and not lies_in(info, library) and info.source:sub(1, 2) ~= '=('
end

local function describe(info)
   if info.what == 'main' then return 'in main chunk' end
   if info.name then return ("in %s '%s'"):format(info.namewhat == 'method' and 'method' or 'function', info.name) end
   if info.what == 'C' then return 'in a C function' end
   return ('in function <%s:%d>'):format(info.short_src, info.linedefined)
end

local function same_place(a, b)
   return a and a.short_src == b.short_src and a.currentline == b.currentline and a.name == b.name
end

-- The frames from `level` (1: the caller) on.
local function infos_from(level)
   local infos = {}
   level = level + 1
   while true do
      local info = debug.getinfo(level, 'Sln')
      if not info then return infos end
      infos[#infos + 1] = info
      level = level + 1
   end
end

-- An error that a library raised is told of the user's line that called it. Returns the text with that
-- place and how many frames are the library's own; 0 where it did not raise the error but met it.
local function placed(text, infos)
   local inner = 0
   while infos[inner + 1] and not is_users(infos[inner + 1]) do inner = inner + 1 end
   local user = infos[inner + 1]
   local said = text:match('^[^\n]-:%d+: ()')
   if inner == 0 or not user or (said and text:find('^attempt to ', said)) then return text, 0 end
   local place = ('%s:%d: '):format(user.short_src, user.currentline)
   if text:sub(1, #place) == place then return text, inner end
   for i = 1, inner do
      local info = infos[i]
      local own = ('%s:%d: '):format(info.short_src, info.currentline)
      if text:sub(1, #own) == own then return place .. text:sub(#own + 1), inner end
   end
   return text, 0
end

-- The lines of the frames from `first` on.
local function lines_of(infos, first)
   -- The frames below the session's or launcher's are theirs as well.
   local last = #infos
   for i = 1, #infos do
      if is_ours(infos[i]) and infos[i].name ~= 'require' then last = i - 1 break end
   end
   while last > 0 and infos[last].what == 'C' do last = last - 1 end
   local lines, previous, repeats = {}, nil, 0
   local function flush()
      if repeats > 0 then lines[#lines + 1] = ('... %d more of these'):format(repeats) end
      repeats = 0
   end
   for i = first, last do
      local info = infos[i]
      -- error() itself, indexing nil (a frame '__index'), calls made by C code
      local noise = info.what == 'C' and
         (not info.name or info.name == 'error' or info.name == 'assert' or info.name:match('^__'))
      if not noise then
         if same_place(previous, info) then
            repeats = repeats + 1
         else
            flush()
            local where = info.what == 'C' and '[C]' or ('%s:%d'):format(info.short_src, info.currentline)
            lines[#lines + 1] = where .. ': ' .. describe(info)
            previous = info
         end
      end
   end
   flush()
   return lines
end

--- The frames from `level` (1: the caller) on, as a list of lines.
function M.frames(level)
   return lines_of(infos_from(level + 1), 1)
end

--- Text of an error object of any type.
function M.message(err)
   if type(err) == 'string' then return err end
   local mt = debug.getmetatable(err)
   if type(err) == 'number' or (mt and mt.__tostring) then return tostring(err) end
   return ('(error object is a %s value)'):format(err == nil and 'nil' or type(err))
end

local LONGEST = 22  -- lines; a runaway recursion shows both ends

--- Message handler for xpcall: the message, and the traceback beneath it. colour: with escapes; level: of
-- the innermost frame to look at, 2 being the caller's.
function M.handler(err, colour, level)
   level = level or 2
   local text = M.message(err)
   local red, dim, none = '', '', ''
   if colour and os.getenv('TERM') ~= 'dumb' and not os.getenv('NO_COLOR') then
      red, dim, none = '\27[1;31m', '\27[2m', '\27[0m'
   end
   -- Next to no stack is left then, and LuaJIT does not stand a trace compiled in that state.
   if text:find('stack overflow', 1, true) then return debug.traceback(text, level) end
   local infos = infos_from(level)
   local hint = ''
   if text:find("^[^\n]-attempt to %a+ %a+ '") then
      hint = require('trepl.suggest').hint(text, level + 1)
   elseif text:find("^[^\n]-module '[%w_.]+' not found:") then
      hint = require('trepl.suggest').module_hint(text)
   end
   local inner
   text, inner = placed(text, infos)
   local lines = lines_of(infos, inner + 1)
   if #lines > LONGEST then
      local half = LONGEST / 2
      local short = {}
      for i = 1, half do short[i] = lines[i] end
      short[half + 1] = ('... %d frames left out'):format(#lines - 2 * half)
      for i = #lines - half + 1, #lines do short[#short + 1] = lines[i] end
      lines = short
   end
   -- A main chunk alone says nothing that the message does not say.
   local place = lines[1] and lines[1]:match('^(.-): in main chunk$')
   local typed = place and place:match('^th:%d+$')  -- at the prompt
   if #lines == 1 and place and (typed or text:sub(1, #place) == place) then lines = {} end
   text = red .. text .. hint .. none
   if #lines == 0 then return text end
   return text .. '\n' .. dim .. 'stack traceback:\n   ' .. table.concat(lines, '\n   ') .. none
end

jit.off(infos_from, true)
jit.off(lines_of, true)
jit.off(M.handler, true)

return M
