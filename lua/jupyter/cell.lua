--- The text of a notebook's cell: what runs, what completes it, what help it asks for.
local chunk = require 'trepl.chunk'

local M = {}

-- A last line that is an expression, behind statements: its value is shown, as in other notebooks, unless a semicolon ends it. Only
-- where it begins with a name or number: Lua would read `x = f` and `(y)`, or `x = a` and `- b`, as one.
local function with_last_expression(code)
   local at = #code
   while true do
      at = code:sub(1, at):match('^.*()\n')
      if not at then return nil end
      local head, tail = code:sub(1, at - 1), code:sub(at + 1)
      local list, quiet = tail:gsub(';%s*$', '')
      if list:find('^%s*[%w_]') and loadstring('return ' .. list) and loadstring(head) then
         local f = chunk.expressions(head .. '\n;', list)
         if f then return quiet > 0 and 'chunk' or 'values', f end
      end
      at = at - 1
   end
end

--- compile(code) -> kind, function or message: as trepl.chunk.compile.
function M.compile(code)
   code = code:gsub('%s+$', '')
   local kind, what = chunk.compile(code)
   if kind == 'values' then return kind, what end
   local other, f = with_last_expression(code)
   if f then return other, f end
   return kind, what
end

--- is_complete(code) -> status, indent: 'complete', 'incomplete' or 'invalid'.
function M.is_complete(code)
   if code:find('^%s*[?$]') then return 'complete', '' end
   local kind = M.compile(code)
   if kind == 'incomplete' then return 'incomplete', (code:match('([ \t]*)[^\n]*$') or '') .. (code:find('\n%s*$') and '' or '   ') end
   return kind == 'error' and 'invalid' or 'complete', ''
end

-- The byte behind the first n characters.
local function offset(s, n)
   local at = 1
   for c in s:gmatch('[%z\1-\127\192-\255][\128-\191]*') do
      if n <= 0 then break end
      at, n = at + #c, n - 1
   end
   return at - 1
end

local function characters(s) return select(2, s:gsub('[^\128-\191]', '')) end

--- complete(code, cursor) -> matches, start, stop: positions in characters.
function M.complete(code, cursor)
   local before = code:sub(1, offset(code, cursor))
   local line = before:match('[^\n]*$')
   local word = line:match('[%w_]*$')
   local list = require('trepl.completer').complete(line, word, 0, #line)
   return list, cursor - characters(word), cursor
end

--- name_at(code, cursor) -> name or nil: the name, with what it is a field of, around the cursor.
function M.name_at(code, cursor)
   local at = offset(code, cursor)
   local before, after = code:sub(1, at):match('[%w_.:]*$'), code:sub(at + 1):match('^[%w_]*')
   local name = (before .. after):gsub('[.:]+$', '')
   if name == '' then name = (code:sub(1, at):match('([%w_.:]+)%s*%([^()]*$') or ''):gsub('[.:]+$', '') end -- between the parentheses of a call
   return name ~= '' and name or nil
end

return M
