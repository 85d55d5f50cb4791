--- One wrong call per argument of every class of nn: of its constructor, by nn/arguments.lua, and of what it is given.
require 'torch'
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check, told = dofile(here .. '/check.lua'), dofile(here .. '/told.lua')
local luaT = require 'luaT'
local M, files = require 'nn.check', require 'nn.modules'

local classes = {}
for name in pairs(files) do classes[#classes + 1] = name end
table.sort(classes)

local counts = {}
local function expect(what, kind, at, name, f, ...)
   counts[kind] = (counts[kind] or 0) + 1
   local ok, err = pcall(f, ...)
   if ok then return check.ok(false, what .. ': raises: ' .. kind) end
   local number, names = told(err)
   check.ok(number == at and names[name] and tostring(err):find("^%S*test_arguments_nn.lua:%d+: ") ~= nil,
      string.format('%s: %s: #%d (%s): %s', what, kind, at, name, tostring(err):match('[^\n]*')))
end

local right = {size = 2, whole = 2, int = 1, number = 1, positive = 1, share = 0.5, vector = torch.ones(3), boolean = false, string = 'torch.DoubleTensor', table = {}, tensor = torch.ones(3, 3),
   module = nn.Identity(), criterion = nn.MSECriterion(), any = 1}

-- ---- constructors ----

for _, class in ipairs(classes) do
   local loaded = nn[class]
   if type(loaded) == 'table' then luaT.define(getmetatable(loaded) or {}) end -- it may declare them itself
   local list = M.arguments(class)
   if #list > 0 then check.ok(type(loaded) == 'table' and loaded.updateOutput or class == 'StochasticGradient', class .. ' is a class') end
   for i, arg in ipairs(list) do
      local args = {}
      for j, other in ipairs(list) do args[j] = right[other.types[1]] end
      if arg.types[1] ~= 'any' then
         args[i] = coroutine.create(print)
         expect('nn.' .. class, 'wrong kind', i, arg.name, loaded, unpack(args, 1, #list))
         if arg.types[1] == 'size' then
            args[i] = 0
            expect('nn.' .. class, 'size of 0', i, arg.name, loaded, unpack(args, 1, #list))
         end
         if not arg.optional then
            expect('nn.' .. class, 'missing', i, arg.name, loaded, unpack(args, 1, i - 1))
         end
      end
   end
end

-- Values of many kinds for each argument, the others being right, with the optional ones and without: where one is refused, it is at
-- the caller's line by the class's name.
do
   local values = {'text', -1, 0, 1.5, -3.5, 0 / 0, 1e300, torch.Tensor(), torch.ones(2, 2, 2), {}, {{}}, true, nn.Identity(), nn.Linear,
      nn.MSECriterion(), torch.LongStorage{2, 3}, n = 17} -- and nil
   local refused = 0
   local function try(class, list, i, v, all)
      local args, last = {}, i
      for j, other in ipairs(list) do
         if all or not other.optional then args[j], last = right[other.types[1]], math.max(last, j) end
      end
      args[i] = v
      local ok, err = pcall(function()
         local m = nn[class](unpack(args, 1, last))
         return m
      end)
      if ok then return end
      refused = refused + 1
      check.ok(tostring(err):find('^%S*test_arguments_nn.lua:%d+: nn%.' .. class .. ': ') ~= nil,
         ('nn.%s: %s = %s: %s'):format(class, list[i].name, tostring(v), tostring(err):match('[^\n]*')))
   end
   for _, class in ipairs(classes) do
      local list = M.arguments(class)
      for i = 1, #list do
         for k = 1, values.n do
            try(class, list, i, values[k], true)
            try(class, list, i, values[k], false)
         end
      end
   end
   check.ok(refused > 6000, refused .. ' values refused')
   print(refused .. ' values of constructors refused')
end

-- every class that takes arguments says so
for _, class in ipairs(classes) do
   local file = io.open(here .. '/../../nn/' .. files[class]:gsub('%.', '/') .. '.lua')
   local text = file:read('*a')
   file:close()
   local names = text:match('function ' .. class .. ':__init%(([^)]*)%)')
   if names and names:find('%w') then check.ok(M.declared(class) ~= nil, class .. ' declares its arguments') end
   if not names and not text:find('padding') then
      local more = text:match('function %w+:__init%(([^)]*%w[^)]*)%)')
      if more then check.ok(M.declared(class) ~= nil, class .. ' declares its arguments: ' .. more) end
   end
end

-- ---- inputs ----

local function make(class)
   local args = {}
   for j, other in ipairs(M.arguments(class)) do args[j] = not other.optional and right[other.types[1]] or nil end
   local ok, module = pcall(nn[class], unpack(args, 1, #M.arguments(class)))
   return ok and module
end

local bare, abstract = 0, {Module = true, Criterion = true, Container = true, Decorator = true}
for _, class in ipairs(classes) do
   local kind = type(nn[class]) == 'table' and nn[class].updateOutput and not abstract[class] and M.input(class, files[class]:match('^[^.]*'))
   if kind and kind ~= 'any' then
      local module = make(class)
      if module then
         for _, input in ipairs{'text', print} do
            expect(class, 'input', 1, 'input', module.forward, module, input, torch.ones(2))
         end
      else
         bare = bare + 1 -- cannot be made of just anything: the method is called on nothing
         expect(class, 'input', 1, 'input', nn[class].updateOutput, {}, 'text')
      end
   end
end

-- ---- types and sizes: what the kernels tell ----

local function input_for(module)
   for dims = 1, 5 do
      local size = torch.LongStorage(dims):fill(2)
      for d = math.max(dims - 2, 1), dims do size[d] = dims > 2 and d > dims - 2 and 6 or 2 end
      local x = torch.Tensor(size):fill(0.5)
      if pcall(module.forward, module, x) and torch.isTensor(module.output) then return x end
   end
end
-- The classes of a module and of those in its fields.
local function contained(v, classes)
   local class = torch.typename(v)
   if class then classes[class] = true end
   for _, field in pairs(v) do
      if type(field) == 'table' and not classes[torch.typename(field) or field] then
         classes[field] = true
         contained(field, classes)
      end
   end
   return classes
end
-- The error names the class, or one that the module contains, and the argument that the user gave; where the class is written
-- in operations, the operation's.
local function expect_refused(kind, at, name, module, f, ...)
   local class = torch.type(module)
   local ok, err = pcall(f, ...)
   if ok then return end
   local refused_by = tostring(err):match('^%S+:%d+: (nn%.%w+): ')
   local known = contained(module, {})[refused_by]
   check.ok(known, ('%s: %s: the error names the class: %s'):format(class, kind, tostring(err):match('[^\n]*')))
   if refused_by ~= class or tostring(err):find(': nn%.%w+: %w+: ') then
      counts[kind .. ' of an operation'] = (counts[kind .. ' of an operation'] or 0) + 1
      check.ok(told(err), class .. ': ' .. kind .. ': an argument')
   else
      expect(class, kind, at, name, f, ...)
   end
end
for _, class in ipairs(classes) do
   local folder = files[class]:match('^[^.]*')
   local module = M.input(class, folder) == 'tensor' and folder ~= 'criterion' and not abstract[class] and make(class)
   local x = module and input_for(module)
   if x then
      for _, type_ in ipairs{'torch.FloatTensor', 'torch.LongTensor'} do
         expect_refused('type', 1, 'input', module, module.forward, module, x:type(type_))
      end
      module:forward(x)
      local size = module.output:size()
      size[1] = size[1] + 1
      local g = torch.ones(size)
      expect_refused('gradOutput', 2, 'gradOutput', module, module.updateGradInput, module, x, g)
   end
end
for _, class in ipairs{'AbsCriterion', 'BCECriterion', 'DistKLDivCriterion', 'MSECriterion', 'MarginCriterion', 'MultiLabelMarginCriterion',
   'MultiMarginCriterion', 'SmoothL1Criterion', 'SoftMarginCriterion', 'ClassNLLCriterion'} do
   local c, x = nn[class](), torch.Tensor(2, 3):fill(0.5)
   expect(class, 'target', 2, 'target', c.forward, c, x, torch.ones(4, 5))
   if class ~= 'MultiLabelMarginCriterion' and class ~= 'MultiMarginCriterion' and class ~= 'ClassNLLCriterion' then
      expect(class, 'target type', 2, 'target', c.forward, c, x, torch.FloatTensor(2, 3):fill(0.5))
   end
end

-- ---- what stays possible ----

check.ok(nn.Linear(2, 3, nil).bias and not nn.Linear(2, 3, false).bias, 'optional arguments may be nil')
check.ok(nn.BatchNormalization(3, false, nil, true), 'false stands for the default')
local Mine, parent = torch.class('Mine', 'nn.Linear')
function Mine:__init(name) parent.__init(self, 2, 3) self.name = name end
check.eq(torch.typename(Mine.new('x')), 'Mine', 'a subclass has arguments of its own')
local copy = torch.deserialize(torch.serialize(nn.Linear(2, 3)))
check.eq(copy:forward(torch.ones(2)):size(1), 3, 'a file makes a module without them')

local kinds, total = {}, 0
for kind, n in pairs(counts) do
   kinds[#kinds + 1] = string.format('%d %s', n, kind)
   total = total + n
end
table.sort(kinds)
print(string.format('%d wrong calls of %d classes: %s; %d made of nothing', total, #classes, table.concat(kinds, ', '), bare))
check.finish()
