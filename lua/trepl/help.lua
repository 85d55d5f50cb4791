--- ?name: help from the generated texts of torch, else from the comment above a Lua function.
local manual = require 'trepl.manual'
local M = {}

-- The generated table of help texts; it may be missing in a partial build.
local function lookup(name)
   local ok, texts = pcall(require, 'torch.help')
   if not ok or type(texts) ~= 'table' or not texts.lookup then return nil end
   return texts.lookup(name)
end

-- Value of an expression; packages of this project need not be required.
local function value_of(expression)
   local root = expression:match('^[%a_][%w_]*')
   local package_ = root and rawget(_G, root) == nil and manual.package_of(root)
   local chunk = loadstring('return ' .. expression)
   if not chunk then return nil end
   if package_ then setfenv(chunk, setmetatable({[root] = package_}, {__index = _G})) end
   local ok, v = pcall(chunk)
   if ok then return v end
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

-- What a class declares that its constructor and its methods are given.
local function declared(mt)
   local lines = {}
   local arguments, input = rawget(mt, '__arguments'), rawget(mt, '__input')
   if arguments then lines[1] = 'arguments: ' .. arguments end
   if input and input ~= 'any' then lines[#lines + 1] = 'input: ' .. input end
   return table.concat(lines, '\n')
end

-- Help on a class: its text, what its constructor checks, and its own methods.
local function of_class(mt)
   local parts, methods = {manual.of_class(mt) or mt.__typename}, manual.methods(mt)
   local checks = declared(mt)
   if checks ~= '' then parts[2] = checks end
   local parent = manual.parent(mt)
   local of = parent and ' (and those of ' .. parent.__typename .. ')' or ''
   if #methods > 0 then parts[#parts + 1] = ('methods%s:\n%s'):format(of, wrapped(methods)) end
   local text, file = table.concat(parts, '\n\n'), manual.file_of(mt)
   return file and text .. '\n\ndefined in ' .. file or text
end

-- Help on a package from the head of its init.lua, and its names.
local function of_package(name, t)
   local text = manual.of_package(name)
   return text and ('%s\n\nin %s:\n%s'):format(text, name, wrapped(public_names(t)))
end

local function package_name(v)
   local found
   for name, loaded in pairs(package.loaded) do
      if rawequal(loaded, v) and name ~= '_G' and (not found or #name < #found or #name == #found and name < found) then found = name end
   end
   return found
end

local function parameters(f)
   local info = debug.getinfo(f, 'u')
   local names = {}
   for i = 1, info.nparams or 0 do
      local name = debug.getlocal(f, i)
      if i > 1 or name ~= 'self' then names[#names + 1] = name end
   end
   if info.isvararg then names[#names + 1] = '...' end
   return table.concat(names, ', ')
end

-- The text, under a line that says how f is called unless the text's first one does.
local function with_usage(f, name, text)
   if text and manual.parse(text).name then return text end
   return ('%s(%s)\n%s'):format(name, parameters(f), text or '')
end

-- Help on a function that goes by `name`, from its source.
local function of_function(f, name)
   local own = package.loaded[name] -- what a file returns, where the package has put a check around it
   f = type(own) == 'function' and own or f
   local text = manual.of_function(f, name)
   local info = debug.getinfo(f, 'S')
   if info.what == 'C' then return text or nil end
   local file = info.source:match('^@(.*)')
   text = with_usage(f, name, text)
   return file and ('%s\n\ndefined at %s:%d'):format(text, file, info.linedefined) or text
end

-- What methods do that any class may have, where a class says no more of them.
local general = {
   new = 'an object of the class, as calling the class makes one; of a tensor or a storage one of the same type.',
   __tostring__ = 'the text that print shows of it.', __call__ = 'what object(...) does.', __len__ = 'what #x is: the number of elements, or the sizes.',
   __index__ = 'what x[key] is: an element, a part, or a method.', __newindex__ = 'what x[key] = value does: sets an element, or a part.',
   __add__ = 'x + y, a new tensor, as by torch.add: shapes broadcast, a number is added to every element.',
   __sub__ = 'x - y, a new tensor: shapes broadcast, a number is taken from every element, or every element from a number.',
   __mul__ = 'x * y: by a number every element; of matrices and vectors their product, as by torch.mm, torch.mv and dot.',
   __div__ = 'x / s, a new tensor: every element divided by a number.', __mod__ = 'x % s, a new tensor: remainders of the elements by a number.',
   __unm__ = '-x, a new tensor.', retain = 'adds a count to the object in C; for packages with C of their own.',
   free = 'takes a count of the object in C away; for packages with C of their own.',
}

-- Help on a method, generated or from the sources of the class and its parents: 'net:forward', 'nn.Linear.reset'.
local function of_method(expression)
   local object, method = expression:match('^(.-)[:.]([%a_][%w_]*)$')
   local v = object and value_of(object)
   local mt = v ~= nil and manual.metatable(v)
   local class = mt
   while class do
      local name = class.__typename
      local text = lookup(name .. '.' .. method) or lookup((name:gsub('%w+Tensor$', 'Tensor')) .. '.' .. method)
         or (name:match('^torch%.%w+Tensor$') and lookup('torch.' .. method))
      if text then return text end
      class = manual.parent(class)
   end
   if not mt then return nil end
   local text, owner = manual.of_method(mt, method)
   local f = mt[method]
   if type(f) ~= 'function' then return text end
   text = with_usage(f, mt.__typename .. ':' .. method, text or general[method])
   return owner and owner ~= mt.__typename and ('%s\n\n(as in %s)'):format(text, owner) or text
end

--- find(expression) -> text or nil: help on a name or an expression ('torch.add', 'x:view', 'net').
function M.find(expression)
   expression = expression:match('^%s*(.-)%s*[(]?%s*[)]?%s*$')
   local root = expression:match('^[%a_][%w_]*')
   if root and rawget(_G, root) == nil and manual.unloaded(root) and expression == root then return manual.of_package(root) end
   local own = expression == root and rawget(_G, root) -- dist, once it is there, is the package before it is torch.dist
   local text = type(own) == 'table' and package.loaded[root] == own and of_package(root, own)
      or lookup(expression) or lookup((expression:gsub(':', '.'))) or of_method(expression)
   if text then return text end
   local dotted = expression:gsub(':([%a_][%w_]*)$', '.%1')
   local v = value_of(dotted)
   if v == nil and root == 'nn' and manual.package_of('nngraph') then v = value_of(dotted) end -- it adds classes to nn
   if v == nil and expression:find('^[%w_]+%.[%w_.]+$') then return manual.of_package(expression) end -- a part of a package: nn.import
   text = M.of_value(v, expression)
   if text or v == nil or type(v) == 'function' then return text end
   local owner = dotted:match('^(.+)%.[%a_][%w_]*$') -- a field is told of with what has it
   local of = owner and M.find(owner)
   return of and ('%s: %s, a field of %s\n\n%s'):format(expression, torch.type(v), owner, of)
end

--- of_value(v, name) -> text or nil: help on a value that goes by `name`: an object's class, a class, a package, a function.
function M.of_value(v, name)
   if v == nil then return nil end
   local class = torch and torch.typename and torch.typename(v)
   local text = class and (lookup(class) or lookup((class:gsub('%w+Tensor$', 'Tensor'))))
   if text then return text end
   if type(v) == 'function' then return of_function(v, name) end
   local mt = manual.metatable(v)
   if mt then return of_class(mt) end
   local package_ = type(v) == 'table' and package_name(v)
   return package_ and of_package(package_, v) or name:find('^[%w_]+%.') and manual.named(name) or nil
end

M.text = [[
th: Torch in an interactive session

  expression      evaluates it and shows the values; a ; at the end keeps it quiet
  ? name          help on a function, class or method:  ? torch.add   ? x:view   ? nn
  apropos 'batch'    names whose help tells of that
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
      for _, name in ipairs(manual.packages) do names[#names + 1] = name end
      for _, name in ipairs(require('torch.help').names()) do names[#names + 1] = (name:gsub('^torch%.', '')) end
   end
   local near = require 'torch.nearest'(field or what, names)
   return near and ('; did you mean %s%s?'):format(owner and owner .. sign or '', near) or ''
end

-- The first sentence of what a text says, in one line.
local function summary(text)
   local parts = manual.parse(text)
   local said = parts.name and parts.summary
   if said and (said:find('^%->') or said:find('^[%w_.:]+%(')) then said = nil end -- more forms of the call: what it does follows
   local line = (said or text:match('\n\n(.-)\n') or text):gsub('%s+', ' ')
   return (line:match('^(.-%.) %u') or line):sub(1, 90)
end

--- apropos(words [, asstring = false]) -> string: lists the names whose help has all the words; with asstring the list is returned.
function M.apropos(words, asstring)
   if type(words) ~= 'string' or not words:find('%S') then error("apropos: words expected, as in apropos 'batch'", 2) end
   local lines = {}
   for _, package_ in ipairs(manual.packages) do
      for _, entry in ipairs(manual.entries(package_)) do
         local text = M.find(entry.name)
         local all = text ~= nil and not text:find('\n(as in ', 1, true)
         local searched = all and (entry.name .. ' ' .. text:gsub('\n\nmethods.*', '')):lower()
         for word in words:lower():gmatch('%S+') do all = all and searched:find(word, 1, true) end
         if all then lines[#lines + 1] = ('%-32s  %s'):format(entry.name, summary(text)) end
      end
   end
   local list = #lines > 0 and table.concat(lines, '\n') or 'nothing is about that: ' .. words
   if asstring then return list end
   io.write(list, '\n')
end

--- help([what, asstring = false]) -> string: prints help on a name, 'torch.add', or a value, torch.add, a net; with asstring returns it.
function M.help(what, asstring)
   local text
   if what == nil then
      text = M.text
   elseif type(what) == 'string' then
      text = M.find(what)
   else
      text = type(what) == 'function' and lookup(what) or nil
      for _, name in ipairs(manual.packages) do  -- a value: find the name it goes by
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
