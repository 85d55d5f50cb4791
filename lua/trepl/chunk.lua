--- From typed lines to runnable chunks: is the input complete, is it an expression, and how do its
-- local variables outlive it.
local M = {}

-- What goes between typed text and text put behind it: on the same line, so that errors name the line
-- typed, unless that could be a comment.
local function gap(text) return text:match('%-%-[^\n]*$') and '\n' or ' ' end

-- `statements` followed by a list of expressions whose values the chunk's argument is called with.
-- Not `return list`: a tail call would lose the frame that errors are reported in.
local function expressions(statements, list)
   if not list:match('%S') or not loadstring('return ' .. list) then return nil end
   local call = '(...)(' .. list .. gap(list) .. ')'
   return loadstring(statements .. call .. M.epilogue(statements .. call), '=th') or loadstring(statements .. call, '=th')
end

--- expressions(statements, list) -> function or nil: the same, for those who know where the one ends and the other begins.
M.expressions = expressions

-- `a = 1; a`: statements up to a semicolon, and then what is to be shown.
local function statements_and_expressions(text)
   local at = #text
   repeat
      at = text:sub(1, at):match('^.*();')
      if not at then return nil end
      local statements = text:sub(1, at)
      local f = loadstring(statements) and expressions(statements, text:sub(at + 1))
      if f then return f end
      at = at - 1
   until at < 1
end

-- Messages about the end of the text that no further line mends: `a`, typed behind a statement, and `x:sum`.
local hopeless = {["'=' expected"] = true, ['function arguments expected'] = true}

-- Whether the text ends too early, by the message of its compilation.
local function ends_early(message)
   local wrong = message:match("^th:%d+: (.*) near '?<eof>'?$")
   return wrong and not hopeless[wrong] and not wrong:match('unfinished string')
end

--- Compiles the text of a session. Returns
--   'values', function    (statements and) a list of expressions; the function hands the values to its argument
--   'chunk', function     statements
--   'incomplete', message more lines are needed
--   'error', message      it can never become a program
function M.compile(text)
   local quiet = text:match(';%s*$')  -- `x;` is an expression, too, only quiet
   local f = expressions('', (text:gsub(';%s*$', '')))
   if f then return quiet and 'chunk' or 'values', f end
   f = loadstring(text .. M.epilogue(text), '=th')
   if f then return 'chunk', f end
   local message
   f, message = loadstring(text, '=th')
   if f then return 'chunk', f end
   f = statements_and_expressions(text)
   if f then return 'values', f end
   local _, no_expression = loadstring('return ' .. text, '=th')
   if ends_early(message) then return 'incomplete', message end
   if ends_early(no_expression or '') then return 'incomplete', no_expression end -- `x +`: as a statement it lacks a '='
   return 'error', message
end

local opens = {['function'] = true, ['if'] = true, ['do'] = true, ['repeat'] = true}
local closes = {['end'] = true, ['until'] = true}

--- strip(text) -> text: the text without comments and with empty strings, so that words can be counted.
local function strip(text)
   local out, i = {}, 1
   while i <= #text do
      local eq = text:match('^%-%-%[(=*)%[', i) or text:match('^%[(=*)%[', i)
      if eq then
         local _, stop = text:find(']' .. eq .. ']', i, true)
         out[#out + 1], i = ' nil ', (stop or #text) + 1
      elseif text:find('^%-%-', i) then
         i = text:find('\n', i, true) or #text + 1
      elseif text:find('^["\']', i) then
         local quote = text:sub(i, i)
         i = i + 1
         while i <= #text and text:sub(i, i) ~= quote do
            i = i + (text:sub(i, i) == '\\' and 2 or 1)
         end
         out[#out + 1], i = '""', i + 1
      else
         out[#out + 1], i = text:sub(i, i), i + 1
      end
   end
   return table.concat(out)
end

M.strip = strip

--- Names of the local variables of the outermost block.
function M.outer_locals(text)
   local names, depth, previous = {}, 0, nil
   text = strip(text)
   for at, word in text:gmatch('()([%a_][%w_]*)') do
      if opens[word] then
         if previous == 'local' and word == 'function' and depth == 0 then
            names[#names + 1] = text:match('^function%s+([%a_][%w_]*)', at)
         end
         depth = depth + 1
      elseif closes[word] then
         depth = depth - 1
      elseif word == 'local' and depth == 0 then
         local list = text:match('^local%s+([%a_][%w_%s,]*)', at)
         for item in (list or ''):gmatch('[^,]+') do
            local name = item:match('^%s*([%a_][%w_]*)')
            if name == 'function' then break end
            names[#names + 1] = name
            if not item:match('^%s*[%a_][%w_]*%s*$') then break end  -- the next statement began
         end
      end
      previous = word
   end
   return names
end

--- Source to append to a chunk that hands its locals to M.keep.
function M.epilogue(text)
   local names = M.outer_locals(text)
   if #names == 0 then return '' end
   local calls, seen = {}, {}
   for i = #names, 1, -1 do
      local name = names[i]
      if not seen[name] then
         seen[name] = true
         calls[#calls + 1] = ("require('trepl.chunk').keep('%s', %s)"):format(name, name)
      end
   end
   return gap(text) .. ';' .. table.concat(calls, ' ')
end

--- A local of the prompt lives on as a global, unless that would hide a library's name.
function M.keep(name, value)
   if require('xlua.who').is_system(name) then
      if rawget(_G, name) ~= value then
         io.stderr:write(("note: local '%s' ends with this line; the global of that name stays\n"):format(name))
      end
   else
      rawset(_G, name, value)
   end
end

return M
