--- ?name: help from the generated texts of torch, else from the comment above a Lua function.
local M = {}

-- The generated table of help texts; it may be missing in a partial build.
local function lookup(name)
   local ok, texts = pcall(require, 'torch.help')
   if not ok or type(texts) ~= 'table' or not texts.lookup then return nil end
   return texts.lookup(name)
end

local function value_of(expression)
   local chunk = loadstring('return ' .. expression)
   if not chunk then return nil end
   local ok, v = pcall(chunk)
   if ok then return v end
end

-- The comment block directly above a line of a file.
local function comment_above(file, line)
   local f = io.open(file)
   if not f then return nil end
   local block, n = {}, 0
   for text in f:lines() do
      n = n + 1
      if n >= line then break end
      local comment = text:match('^%s*%-%-+%s?(.*)$')
      if comment then block[#block + 1] = comment else block = {} end
   end
   f:close()
   if #block > 0 then return table.concat(block, '\n') end
end

local function parameters(f)
   local info = debug.getinfo(f, 'u')
   local names = {}
   for i = 1, info.nparams or 0 do names[i] = debug.getlocal(f, i) end
   if info.isvararg then names[#names + 1] = '...' end
   return table.concat(names, ', ')
end

-- Help on a Lua function from its source.
local function of_function(f, name)
   local info = debug.getinfo(f, 'S')
   if info.what == 'C' then return nil end
   local text = ('%s(%s)'):format(name, parameters(f))
   local file = info.source:match('^@(.*)')
   if not file then return text end
   local comment = comment_above(file, info.linedefined)
   return ('%s\n%s\ndefined at %s:%d'):format(text, comment and comment .. '\n' or '', file, info.linedefined)
end

-- Names under which a method may be documented: the class and its parents.
local function of_method(expression)
   local object, method = expression:match('^(.-)[:.]([%a_][%w_]*)$')
   if not object then return nil end
   local v = value_of(object)
   local class = v ~= nil and torch and torch.typename and torch.typename(v)
   local mt = class and torch.getmetatable and torch.getmetatable(class)
   while mt and rawget(mt, '__typename') do
      local name = rawget(mt, '__typename')
      local text = lookup(name .. '.' .. method) or lookup((name:gsub('%a+Tensor$', 'Tensor')) .. '.' .. method)
         or (name:match('^torch%.%a+Tensor$') and lookup('torch.' .. method))
      if text then return text end
      mt = getmetatable(mt)
   end
end

--- Text of help on a name or an expression ('torch.add', 'x:view', 'net'), or nil.
function M.find(expression)
   expression = expression:match('^%s*(.-)%s*[(]?%s*[)]?%s*$')
   local text = lookup(expression) or lookup((expression:gsub(':', '.'))) or of_method(expression)
   if text then return text end
   local v = value_of((expression:gsub(':([%a_][%w_]*)$', '.%1')))
   if v == nil then return nil end
   local class = torch and torch.typename and torch.typename(v)
   if class then
      local of_class = lookup(class) or lookup((class:gsub('%a+Tensor$', 'Tensor')))
      if of_class then return of_class end
   end
   if type(v) == 'function' then return of_function(v, expression) end
   local mt = type(v) == 'table' and getmetatable(v)
   if type(mt) == 'table' and type(mt.__init) == 'function' then  -- a class: its constructor
      return of_function(mt.__init, expression)
   end
end

M.text = [[
th: Torch in an interactive session

  expression      evaluates it and shows the values; a ; at the end keeps it quiet
  ? name          help on a function, class or method:  ? torch.add   ? x:view   ? nn
  $ command       runs a shell command ($ ls, $ ll; its output is kept in _LAST)
  TAB             completes names, methods and, inside a string, file names
  Ctrl-C          abandons the line, or stops what is running
  Ctrl-D, exit, quit   leave

  _LAST           the last value        _RESULT         all values of the last line
  _RESULTS        first values so far   who()           your variables
  setprintlevel(n)   how deep tables show
  setprinttime(false)  hides the time that a line took
  noColors()           no colours

Local variables of a line stay usable on the following lines. Of tensors with more than 1000 elements the
first and last ones are shown; print(x) shows all.]]

--- help('torch.add') or help(torch.add) prints help; with asstring it returns the text.
function M.help(what, asstring)
   local text
   if what == nil then
      text = M.text
   elseif type(what) == 'string' then
      text = M.find(what)
   else
      for _, name in ipairs {'torch', 'nn', 'optim'} do  -- a value: find the name it goes by
         for k, v in pairs(type(rawget(_G, name)) == 'table' and rawget(_G, name) or {}) do
            if v == what then text = text or M.find(name .. '.' .. tostring(k)) end
         end
      end
      if not text and type(what) == 'function' then text = of_function(what, 'function') end
   end
   text = text or ('undocumented symbol' .. (type(what) == 'string' and ': ' .. what or ''))
   if asstring then return text end
   io.write(text:gsub('\n?$', '\n', 1), '')
end

return M
