-- Checks of what classes are constructed with and given, by the declarations of nn/arguments.lua.
local C = require 'libtorch'
local luaT = require 'luaT'
local arguments = require 'torch.arguments'
local declared = require 'nn.arguments'
local torch, type = torch, type
local M = {}

-- ---- declarations ----

--- {name=, types={...}, optional=} of every argument; `rest` when more of the last may follow.
local function parse(text)
   local list = {}
   for item in text:gmatch('[^,]+') do
      item = item:match('^%s*(.-)%s*$')
      if item == '...' then
         list.rest = true
      else
         local name, types = item:match('^%[?(%S+) ([^%s%]]+)%]?$')
         local arg = {name = name, optional = item:find('^%[') ~= nil, types = {}, text = item}
         for t in types:gmatch('[^|]+') do arg.types[#arg.types + 1] = t end
         list[#list + 1] = arg
      end
   end
   return list
end

--- What a class declares that its constructor is given: in nn/arguments.lua, or itself, as __arguments; or nil.
function M.declared(name)
   return declared.constructor[name] or rawget(luaT.getmetatable('nn.' .. name) or {}, '__arguments')
end

local parsed = {}
--- The arguments of a class's constructor; none when it takes none or is unknown.
function M.arguments(name)
   if not parsed[name] then parsed[name] = parse(M.declared(name) or '') end
   return parsed[name]
end

function M.usage(name) return string.format('nn.%s(%s)', name, M.declared(name) or '') end

-- ---- values ----

local function unlike(other)
   return function(v) return type(v) == 'table' and v.updateOutput ~= nil and not luaT.isconstructor(v) and not torch.isTypeOf(v, other) end
end
local accepts = {
   any = function() return true end,
   number = function(v) return type(v) == 'number' or type(v) == 'cdata' end,
   tensor = function(v) return type(v) == 'userdata' and torch.isTensor(v) end,
   module = unlike('nn.Criterion'), criterion = unlike('nn.Module'),
}
local LARGEST = 2 ^ 53 -- what tensors' sizes and positions are below
function accepts.int(v) return accepts.number(v) and v > -LARGEST and v < LARGEST end
function accepts.size(v) return accepts.int(v) and v >= 1 end
function accepts.whole(v) return accepts.size(v) and v % 1 == 0 end
function accepts.positive(v) return accepts.number(v) and v > 0 end
function accepts.share(v) return accepts.number(v) and v >= 0 and v < 1 end
function accepts.vector(v) return accepts.tensor(v) and v:dim() == 1 end
for _, t in ipairs{'boolean', 'string', 'table'} do accepts[t] = function(v) return type(v) == t end end

local function fits(arg, v)
   if arg.optional and not v then return true end -- nil, or false as in `eps or 1e-5`
   for _, t in ipairs(arg.types) do
      local accept = accepts[t]
      if accept and accept(v) or not accept and torch.typename(v) == t then return true end
   end
   return false
end

local words = {size = 'number of at least 1', int = 'integer', whole = 'whole number of at least 1', positive = 'number above 0',
   share = 'number of at least 0 and below 1', vector = '1-D tensor'}
local function expected(arg)
   local list = {}
   for i, t in ipairs(arg.types) do list[i] = words[t] or t end
   return table.concat(list, ' or ')
end

local function fail(class, at, arg, v, usage)
   local got = luaT.isconstructor(v) and 'the class ' .. getmetatable(v).__typename .. ': call it to make one' or C.describe(v)
   arguments.error('nn.' .. class, at, arg.name, '%s expected, got %s%s', expected(arg), got, usage and '\nexpected arguments:\n   ' .. usage or '')
end

--- What module, or class of that name, was given as argument `at`, called `name`, is wrong.
function M.wrong(module, at, name, message, ...)
   local class = type(module) == 'table' and torch.type(module) or 'nn.' .. module
   arguments.error(class, at, name, message, ...)
end
--- Something is wrong with module that is no argument: an error at the user's line.
function M.fail(module, message, ...)
   error(C.where() .. torch.type(module) .. ': ' .. message:format(...), 0)
end
--- The same unless `ok`.
function M.expect(ok, ...)
   if not ok then M.wrong(...) end
end

local ours = {} -- of metatables of the classes seen here, whether gradOutput is looked at here

-- Whether t has fewer elements than x and operations would broadcast it to x's shape.
local function would_broadcast(t, x)
   local ahead = x:dim() - t:dim()
   if ahead < 0 or t:dim() == 0 or t:nElement() >= x:nElement() then return false end
   for d = 1, t:dim() do
      if t:size(d) ~= 1 and t:size(d) ~= x:size(d + ahead) then return false end
   end
   return true
end

-- Raises when a tensor gradOutput has fewer elements than the module's output and would be broadcast: Torch7 refused it. What
-- else is not of the output's size may belong to an earlier forward. What a class of somebody else's calls its output is
-- its own affair, and one with __gradOutput = 'any' looks itself.
local function check_gradient(module, gradOutput)
   local output = ours[getmetatable(module)] and module.output
   if type(output) ~= 'userdata' or type(gradOutput) ~= 'userdata' then return end
   if output:nElement() ~= gradOutput:nElement() and would_broadcast(gradOutput, output) then M.gradient(module, gradOutput, output) end
end

--- Raises unless gradOutput is a tensor of x's size and type.
function M.gradient(module, gradOutput, x)
   if not torch.isTensor(gradOutput) then M.wrong(module, 2, 'gradOutput', 'tensor expected, got %s', C.describe(gradOutput)) end
   if getmetatable(gradOutput) ~= getmetatable(x) then M.wrong(module, 2, 'gradOutput', '%s expected, got %s', x:type(), gradOutput:type()) end
   if not gradOutput:isSameSizeAs(x) then
      local size = nn.utils.sizeText
      M.wrong(module, 2, 'gradOutput', 'expected size %s, got %s', size(x), size(gradOutput))
   end
end

local function check_constructor(class, list, ...)
   for i = 1, list.rest and math.max(select('#', ...), #list) or #list do
      local arg, v = list[i] or list[#list], (select(i, ...))
      if not fits(arg, v) then fail(class, i, arg, v, M.usage(class)) end
   end
end

-- ---- classes ----

local inputs = {}
for _, kind in ipairs{'tensor', 'table', 'tensor or table'} do inputs[kind] = {name = 'input', types = {kind}} end

--- What a class takes as input, in nn/arguments.lua or by its own __input: 'tensor', 'table', 'tensor or table' or 'any'; folder: where its file is.
function M.input(class, folder)
   return declared.input[class] or rawget(luaT.getmetatable('nn.' .. class) or {}, '__input') or folder == 'tables' and 'table' or folder == 'containers' and 'any' or 'tensor'
end

-- f, one of the methods that are given an input, with a look at it before; `backward`: the input may be nil, and a
-- gradOutput comes after it, which is looked at when the object is of the class itself: what a derived class calls its
-- output is its own affair.
local function guarded(class, kind, backward, f)
   local mt = luaT.getmetatable('nn.' .. class)
   local wanted = kind == 'table' and 'table' or 'userdata'
   local other = kind == 'tensor or table' and 'table' or wanted
   local function wrong(self, input)
      local of_self = torch.typename(self) -- a class derived from this one
      fail(of_self and of_self:match('^nn%.(.+)$') or class, 1, inputs[kind], input)
   end
   return function(self, input, second, scale)
      local given = type(input)
      if given ~= wanted and given ~= other and not (backward and given == 'nil') then wrong(self, input) end
      if backward then check_gradient(self, second) end
      return f(self, input, second, scale)
   end
end

--- Puts the checks into class nn.<class>, when it has just been defined. A subclass calls its parent's __init, and a
-- file makes objects, past the check of the constructor.
function M.install(class, folder)
   local mt = luaT.getmetatable('nn.' .. class)
   if not mt then return end
   local kind = M.input(class, folder)
   rawset(mt, '__arguments', M.declared(class)) -- for help
   rawset(mt, '__input', kind)
   local list, construct = M.arguments(class), rawget(mt, '__constructor')
   if construct and #list > 0 then
      local function checked(...)
         check_constructor(class, list, ...)
         return construct(...)
      end
      rawset(mt, '__constructor', checked)
      rawset(mt, 'new', checked)
   end
   ours[mt] = mt.__gradOutput ~= 'any'
   local f = rawget(mt, 'updateGradInput')
   if f and kind == 'any' then
      rawset(mt, 'updateGradInput', function(self, input, gradOutput, scale)
         check_gradient(self, gradOutput)
         return f(self, input, gradOutput, scale)
      end)
   end
   if kind == 'any' then return end
   for _, method in ipairs{'updateOutput', 'updateGradInput'} do
      local f = rawget(mt, method)
      if f then rawset(mt, method, guarded(class, kind, method == 'updateGradInput', f)) end
   end
end

return M
