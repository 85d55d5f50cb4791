--- Texts that stand beside declarations in Lua sources: the comment above a function, that at the head of a class's or a
-- package's file, or one that begins with the name. Read when they are asked for. docs/documentation.md has their form.
local M = {}

-- ---- files ----

local function add_named(named, text)
   local names = text:match('^([%a_][%w_.,%s]*[%w_])%s*[:({]') or ''
   for name in names:gmatch('[^%s,]+') do
      if name:find('.', 1, true) then named[name] = named[name] or text end
   end
end

-- Which class a line defines, and under which local name.
local function class_of(line)
   local name = line:match([=[torch%.class%(?%s*['"]([%w_.]+)['"]]=])
   if name then return name, line:match('^%s*local%s+([%a_][%w_]*)') or name:match('[^.]+$') end
end

local function definition(line)
   local owner, name = line:match('^%s*function%s+([%w_.]+)[.:]([%w_]+)%s*%(')
   if not owner then owner, name = line:match('^%s*([%a_][%w_.]*)%.([%w_]+)%s*=') end
   return owner, name
end

-- {head=, above={line -> text}, named={name -> text}, methods={class.name -> text}} of a file.
local function read(path)
   local page = {above = {}, named = {}, methods = {}}
   local f = io.open(path)
   if not f then return page end
   local classes, block, n = {}, nil, 0
   for line in f:lines() do
      n = n + 1
      local comment = line:match('^%s*%-%-+ ?(.*)$')
      if comment and not line:find('%-%-%-%-%s*$') then
         block = block or {}
         block[#block + 1] = comment
      else
         local text = block and table.concat(block, '\n')
         if text then
            page.head = page.head or n == #block + 1 and text or nil
            page.above[n] = text
            add_named(page.named, text)
         end
         block = nil
         local class, known_as = class_of(line)
         if class then classes[known_as] = class end
         local owner, name = definition(line)
         if owner and text and classes[owner] then page.methods[classes[owner] .. '.' .. name] = text end
      end
   end
   f:close()
   return page
end

local pages = {}
local function page(path)
   if not pages[path] then pages[path] = read(path) end
   return pages[path]
end

local function source_of(f) return type(f) == 'function' and debug.getinfo(f, 'S').source:match('^@(.*)') or nil end

-- The files of a package.
local function files_of(root)
   local init = package.searchpath(root, package.path)
   local folder = init and init:match('^(.*)/init%.lua$')
   local list, paths = {init}, require 'paths'
   local function add(where, deeper)
      for _, name in ipairs(paths.dir(where) or {}) do
         local path = where .. '/' .. name
         if name:find('%.lua$') then list[#list + 1] = path
         elseif deeper and name:find('^%w+$') and paths.dirp(path) then add(path, false) end
      end
   end
   if folder then add(folder, true) end
   return list
end

-- ---- values ----

--- metatable(v) -> metatable or nil: the class of an object or of a constructor, its file loaded.
function M.metatable(v)
   local mt = (type(v) == 'table' or torch.typename(v)) and debug.getmetatable(v)
   mt = type(mt) == 'table' and (rawget(mt, '__metatable') or mt)
   if type(mt) ~= 'table' or not rawget(mt, '__typename') then return nil end
   require('luaT').define(mt)
   return mt
end

--- parent(mt) -> metatable or nil: the class that one is derived from.
function M.parent(mt)
   local parent = getmetatable(mt)
   return type(parent) == 'table' and rawget(parent, '__typename') and parent or nil
end

--- methods(mt) -> names: what a class itself defines, sorted.
function M.methods(mt)
   local list = {}
   for name, f in pairs(mt) do
      if type(f) == 'function' and type(name) == 'string' and not name:find('^_') and not name:find('_$') and name ~= 'new' then
         list[#list + 1] = name
      end
   end
   table.sort(list)
   return list
end

-- The file of a class of a package that lists its files (nn.modules: class -> file).
local function listed_file(typename)
   local package_name, class = typename:match('^([%w_]+)%.(.*)$')
   local files = package.loaded[(package_name or '') .. '.modules']
   local file = type(files) == 'table' and files[class]
   return file and package.searchpath(package_name .. '.' .. file, package.path)
end

--- file_of(mt) -> path or nil: where a class is defined.
function M.file_of(mt)
   return listed_file(mt.__typename) or source_of(rawget(mt, '__init')) or source_of(mt[M.methods(mt)[1]])
end

--- of_class(mt) -> text or nil: the head of the class's file, or a comment that begins with the class's name.
function M.of_class(mt)
   local file, name = M.file_of(mt), mt.__typename
   local text = file and page(file)
   return text and (text.named[name] or text.head) or M.named(name)
end

--- of_package(name) -> text or nil: the head of its init.lua.
function M.of_package(name)
   local file = package.searchpath(name, package.path)
   return file and page(file).head
end

-- Whether a text is that of `name`: its first line a call of it.
local function is_of(text, name)
   for called in (text:match('^([%a_][%w_.:,%s]*)[({]') or ''):gmatch('[^%s,]+') do
      if called:match('[%w_]+$') == name then return true end
   end
   return false
end

--- of_function(f, name) -> text or nil: the comment above a Lua function; name: what it goes by in its package, where a comment
-- that begins with it is as good.
function M.of_function(f, name)
   local info = debug.getinfo(f, 'S')
   local file = info.source:match('^@(.*)')
   local text = file and page(file).above[info.linedefined]
   if not name or not name:find('.', 1, true) or text and is_of(text, name:match('[%w_]+$')) then return text end
   return M.named(name) or text
end

--- of_method(mt, name) -> text or nil, class: that of a method, or of the one it overrides. A comment without a call in its first
-- line, which tells of the code, counts only where there is no other.
function M.of_method(mt, name)
   local note, noted, mt_name = nil, nil, mt.__typename
   local class = mt_name
   while mt do
      local f, file = rawget(mt, name), M.file_of(mt)
      if f then
         local text = file and page(file).methods[mt.__typename .. '.' .. name] or type(f) == 'function' and M.of_function(f) or nil
         if text and is_of(text, name) then return text, mt.__typename end
         if text and not note then note, noted = text, mt.__typename end
      end
      mt = M.parent(mt)
      if mt then require('luaT').define(mt) end
   end
   class = class:gsub('^torch%.%w+Tensor$', 'torch.Tensor'):gsub('^torch%.%w+Storage$', 'torch.Storage')
   local named = M.named(class .. '.' .. name)
   return named or note, named and mt_name or noted
end

--- named(name) -> text or nil: the comment in a file of the package that begins with a name.
function M.named(name)
   for _, path in ipairs(files_of(name:match('^[%w_]+'))) do
      local text = page(path).named[name]
      if text then return text end
   end
end

-- ---- the form ----

local function arguments(list)
   local args = {}
   for item in list:gsub('[%[%]]', ''):gsub('%b{}', 't'):gsub('%b()', ''):gmatch('[^,]+') do
      args[#args + 1] = item:match('^%s*(%.%.%.)') or item:match('^%s*([%a_][%w_]*%.%.%.)') or item:match('^%s*([%a_][%w_]*)')
   end
   return args
end

--- parse(text) -> parts: name, args (a list) and result of its first line, `name(args) -> result: summary`, the summary, and
-- examples, a list of {steps = {{code=, output=}...}}. Without such a line name is nil.
function M.parse(text)
   local name, list, rest = text:match('^([%a_][%w_.:]*)%s*(%b())(.*)$')
   if not name then name, list, rest = text:match('^([%a_][%w_.:]*,[%w_.:,%s]*[%w_])%s*(%b())(.*)$') end
   if not name then name, list, rest = text:match('^([%a_][%w_.:]*)(%b{})(.*)$') end -- a function of named arguments
   local parts = {examples = {}, summary = text}
   if name then
      parts.name, parts.args = name, list:find('^{') and {'arguments'} or arguments(list:sub(2, -2))
      local result, summary = rest:match('^%s*%->%s*([^:]-)%s*:%s(.*)$')
      parts.result, parts.summary = result, summary or rest:match('^%s*:?%s*(.*)$')
   end
   local example
   for line in (text .. '\n'):gmatch('(.-)\n') do
      local code = line:match('^> ?(.*)$')
      if code and not example then
         example = {steps = {}}
         parts.examples[#parts.examples + 1] = example
      end
      if code then example.steps[#example.steps + 1] = {code = code, output = ''}
      elseif not line:find('%S') then example = nil
      elseif example then
         local step = example.steps[#example.steps]
         step.output = step.output .. line .. '\n'
      end
   end
   return parts
end

-- ---- the packages ----

--- The packages of this project, in the order of the reference. Those that are not installed have no names.
M.packages = {'torch', 'nn', 'optim', 'nngraph', 'graph', 'image', 'plot', 'gnuplot', 'data', 'train', 'profile', 'jupyter', 'paths', 'sys', 'xlua', 'threads',
   'dist', 'onnx', 'autograd', 'trepl', 'cutorch', 'cunn'}

local listed = {}
for _, name in ipairs(M.packages) do listed[name] = true end

--- package_of(name) -> table or nil: a package of this project, loaded.
function M.package_of(name)
   if not listed[name] then return nil end
   local ok, t = pcall(require, name)
   t = rawget(_G, name) or ok and t
   return type(t) == 'table' and t or nil
end

-- ---- names of packages that cannot be loaded here, such as cutorch where there is no GPU, from their file of texts ----

local texts_of = {}

--- unloaded(name) -> table or nil: the texts of such a package, name -> text, which help then knows.
function M.unloaded(root)
   if texts_of[root] == nil then
      local file = listed[root] and not M.package_of(root) and root .. '.help'
      texts_of[root] = file and package.searchpath(file, package.path) and require(file) or false
      if texts_of[root] then require('torch.help').source(file) end
   end
   return texts_of[root] or nil
end

local function unloaded_entries(root)
   local list = {}
   for name in pairs(M.unloaded(root) or {}) do
      if name:find('^' .. root .. '%.[^_]') then list[#list + 1] = {name = name, kind = 'function'} end
   end
   table.sort(list, function(a, b) return a.name < b.name end)
   return list
end

-- Methods stand for all element types at one of them.
local function is_typed(name) return name:find('^torch%.%w+Tensor$') or name:find('^torch%.%w+Storage$') end
local shown_as = {['torch.DoubleTensor'] = 'torch.Tensor', ['torch.DoubleStorage'] = 'torch.Storage'}

local function add_class(list, name, v, mt)
   list[#list + 1] = {name = name, kind = 'class', value = v, class = mt}
   if is_typed(mt.__typename) and (not shown_as[name] or mt.__typename ~= name) then return end
   for _, method in ipairs(M.methods(mt)) do
      list[#list + 1] = {name = (shown_as[name] or name) .. ':' .. method, kind = 'method', value = mt[method], class = mt, method = method}
   end
end

-- What image does to tensors of one type, kept for old scripts.
local kernels = {['image.byte'] = true, ['image.float'] = true, ['image.double'] = true}

--- entries(package) -> list: every public name of a package that is there: {name=, kind= 'class' | 'method' | 'function' |
-- 'package' | 'value', value=}, with class= (the metatable) and method= for a method. All its files are loaded.
function M.entries(root)
   local list, t = {}, M.package_of(root)
   if not t then return unloaded_entries(root) end
   local names = {}
   for name in pairs(require('trepl.completer').fields(t, '')) do
      if not name:find('^_') and not name:find('_$') then names[#names + 1] = name end
   end
   table.sort(names)
   for _, name in ipairs(names) do
      local v, full = t[name], root .. '.' .. name
      local mt = M.metatable(v)
      if mt and mt.__typename:match('^[^.]+') == root then
         if mt.__typename == full or is_typed(mt.__typename) then add_class(list, full, v, mt) end
      elseif type(v) == 'table' and not kernels[full] then
         list[#list + 1] = {name = full, kind = 'table', value = v}
         for k, f in pairs(v) do
            if type(k) == 'string' and type(f) == 'function' and not k:find('^_') then
               list[#list + 1] = {name = full .. '.' .. k, kind = 'function', value = f}
            end
         end
      else
         list[#list + 1] = {name = full, kind = type(v) == 'function' and 'function' or 'value', value = v}
      end
   end
   table.sort(list, function(a, b) return a.name < b.name end)
   return list
end

return M
