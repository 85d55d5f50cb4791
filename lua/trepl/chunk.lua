--- From typed lines to runnable chunks: is the input complete, is it an expression, and how do its
-- local variables outlive it.
local M = {}

--- Compiles the text of a session. Returns
--   'values', function    a list of expressions; the function hands the values to its argument
--   'chunk', function     statements
--   'incomplete', message more lines are needed
--   'error', message      it can never become a program
function M.compile(text)
   local f = loadstring('return ' .. text, '=th')
   -- `return` alone would also take statements that start like one: a blank line, a comment
   if f and not text:match(';%s*$') and text:match('%S') then
      -- not `return text`: a tail call would lose the frame that errors are reported in
      local values = loadstring('(...)(' .. text .. '\n)', '=th')
      if values then return 'values', values end
   end
   local kept = loadstring(text .. M.epilogue(text), '=th')
   if kept then return 'chunk', kept end
   local plain, message = loadstring(text, '=th')
   if plain then return 'chunk', plain end
   if f then return 'chunk', f end  -- `x;` is an expression, only quiet
   if message:match("near '?<eof>'?$") and not message:match('unfinished string') then return 'incomplete', message end
   return 'error', message
end

local opens = {['function'] = true, ['if'] = true, ['do'] = true, ['repeat'] = true}
local closes = {['end'] = true, ['until'] = true}

-- Text without comments and with empty strings, so that words can be counted.
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
   return '\n;' .. table.concat(calls, ' ')
end

--- A local of the prompt lives on as a global, unless that would hide a library's name.
function M.keep(name, value)
   if require('trepl.who').is_system(name) then
      if rawget(_G, name) ~= value then
         io.stderr:write(("note: local '%s' ends with this line; the global of that name stays\n"):format(name))
      end
   else
      rawset(_G, name, value)
   end
end

return M
