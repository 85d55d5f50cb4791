--- ?name: help from the generated texts of torch, else from the comment above a Lua function.
local M = {}

-- The generated table of help texts; it may be missing in a partial build.
local function lookup(name)
   local ok, texts = pcall(require, 'torch.help')
   if not ok or type(texts) ~= 'table' or not texts.lookup then return nil end
   return texts.lookup(name)
end

-- Packages of this project that help is given on before they are required.
local ours = {nn = true, optim = true, image = true, graph = true, paths = true, sys = true, xlua = true}

local function load_package(expression)
   local root = expression:match('^[%a_][%w_]*')
   if ours[root] and rawget(_G, root) == nil then require(root) end
end

local function value_of(expression)
   load_package(expression)
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

-- The comment that a file begins with.
local function head_comment(file)
   local f = file and io.open(file)
   if not f then return nil end
   local block = {}
   for text in f:lines() do
      local comment = text:match('^%-%-+%s?(.*)$')
      if not comment then break end
      block[#block + 1] = comment
   end
   f:close()
   if #block > 0 then return table.concat(block, '\n') end
end

-- Names in lines of at most 80 characters.
local function wrapped(names)
   table.sort(names)
   local lines, line = {}, ''
   for _, name in ipairs(names) do
      if #line + #name + 1 > 80 then lines[#lines + 1], line = line, '' end
      line = line .. ' ' .. name
   end
   lines[#lines + 1] = line
   return table.concat(lines, '\n')
end

local function public_names(t)
   local names = {}
   for name in pairs(require('trepl.completer').fields(t, '')) do names[#names + 1] = name end
   return names
end

-- The file of a class of a package that lists its files (nn.modules: class -> file).
local function listed_file(typename)
   local package_name, class = typename:match('^([%w_]+)%.(.*)$')
   local files = package.loaded[(package_name or '') .. '.modules']
   local file = type(files) == 'table' and files[class]
   return file and package.searchpath(package_name .. '.' .. file, package.path)
end

local function source_of(f) return f and debug.getinfo(f, 'S').source:match('^@(.*)') end

-- Help on a class from the head of its file, and its own methods.
local function of_class(mt)
   local methods = {}
   for k, f in pairs(mt) do
      if type(f) == 'function' and type(k) == 'string' and not k:match('^_') and k ~= 'new' then methods[#methods + 1] = k end
   end
   table.sort(methods)
   local file = listed_file(mt.__typename) or source_of(rawget(mt, '__init')) or source_of(mt[methods[1]])
   local text = head_comment(file) or mt.__typename
   local parent = getmetatable(mt)
   local of = parent and rawget(parent, '__typename') and ' (and those of ' .. parent.__typename .. ')' or ''
   if #methods > 0 then text = ('%s\n\nmethods%s:\n%s'):format(text, of, wrapped(methods)) end
   return file and text .. '\ndefined in ' .. file or text
end

-- Help on a package from the head of its init.lua, and its names.
local function of_package(name, t)
   local text = head_comment(package.searchpath(name, package.path))
   return text and ('%s\n\nin %s:\n%s'):format(text, name, wrapped(public_names(t)))
end

local function package_name(v)
   local found
   for name, loaded in pairs(package.loaded) do
      if rawequal(loaded, v) and name ~= '_G' and not name:find('.', 1, true) and (not found or name < found) then found = name end
   end
   return found
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
      local text = lookup(name .. '.' .. method) or lookup((name:gsub('%w+Tensor$', 'Tensor')) .. '.' .. method)
         or (name:match('^torch%.%w+Tensor$') and lookup('torch.' .. method))
      if text then return text end
      mt = getmetatable(mt)
   end
end

--- Text of help on a name or an expression ('torch.add', 'x:view', 'net'), or nil.
function M.find(expression)
   expression = expression:match('^%s*(.-)%s*[(]?%s*[)]?%s*$')
   load_package(expression)
   local text = lookup(expression) or lookup((expression:gsub(':', '.'))) or of_method(expression)
   if text then return text end
   return M.of_value(value_of((expression:gsub(':([%a_][%w_]*)$', '.%1'))), expression)
end

--- Text of help on a value that goes by `name`: an object's class, a class, a package, a function; or nil.
function M.of_value(v, name)
   if v == nil then return nil end
   local class = torch and torch.typename and torch.typename(v)
   local text = class and (lookup(class) or lookup((class:gsub('%w+Tensor$', 'Tensor'))))
   if text then return text end
   if type(v) == 'function' then
      local own = package.loaded[name] -- what a file returns, where the package has put a check around it
      return of_function(type(own) == 'function' and own or v, name)
   end
   local mt = (type(v) == 'table' or class) and debug.getmetatable(v)
   mt = type(mt) == 'table' and (rawget(mt, '__metatable') or mt)
   if type(mt) == 'table' and rawget(mt, '__typename') then
      require('luaT').define(mt)
      return of_class(mt)
   end
   local package_ = type(v) == 'table' and package_name(v)
   return package_ and of_package(package_, v)
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

-- '; did you mean nn.Linear?' where a name is near to what was asked for, else ''.
local function meant(what)
   local owner, sign, field = what:match('^(.*)([.:])([^.:]+)$')
   local names = {}
   local v = owner and value_of(owner)
   for name in pairs(v ~= nil and require('trepl.completer').fields(v, '') or {}) do names[#names + 1] = name end
   if not owner then
      for name in pairs(_G) do names[#names + 1] = tostring(name) end
      for name in pairs(ours) do names[#names + 1] = name end
      for _, name in ipairs(require('torch.help').names()) do names[#names + 1] = (name:gsub('^torch%.', '')) end
   end
   local near = require 'torch.nearest'(field or what, names)
   return near and ('; did you mean %s%s?'):format(owner and owner .. sign or '', near) or ''
end

--- help('torch.add') or help(torch.add) prints help; with asstring it returns the text.
function M.help(what, asstring)
   local text
   if what == nil then
      text = M.text
   elseif type(what) == 'string' then
      text = M.find(what)
   else
      text = type(what) == 'function' and lookup(what) or nil
      for _, name in ipairs {'torch', 'nn', 'optim', 'image', 'graph', 'nngraph'} do  -- a value: find the name it goes by
         local names = {}
         for k, v in pairs(type(rawget(_G, name)) == 'table' and rawget(_G, name) or {}) do
            if v == what then names[#names + 1] = tostring(k) end
         end
         table.sort(names)
         for _, k in ipairs(names) do text = text or M.find(name .. '.' .. k) end
      end
      text = text or M.of_value(what, 'function')
   end
   text = text or ('undocumented symbol' .. (type(what) == 'string' and ': ' .. what .. meant(what) or ''))
   if asstring then return text end
   io.write(text:gsub('\n?$', '\n', 1), '')
end

return M
