-- Views of recorded tensors, copies, elements, and writing in place: what lua/torch does by hand, recorded.
--
-- A view shares the memory of its base. Where something writes into a view, the base gets a node that puts the two together,
-- and the view a new node on top of that; other views of that base get theirs when they are next used: their version tells.
local C = require 'libtorch'
local core = require 'autograd.core'
local F = require 'autograd.functions'
local luaT = require 'luaT'
local arguments = require 'torch.arguments'
local torch = torch
local type = type
local recorder, give, alias, band = core.recorder, core.give, C.alias, require('bit').band
local RECORDED, VIEW, LEAF, ELEMENT = core.RECORDED, core.VIEW, core.LEAF, core.ELEMENT

local named = core.named

-- ---- making views ----

-- y, a plain tensor, becomes a view of x: back(node, g) is the gradient of x's node at node[4], view(t) the same view of a tensor
-- like x; what back needs stands from node[5] on.
local function record_view(x, y, back, view, a, b, c)
   if C.recorded(x) == 0 then return y end -- sizes alone are of one that is recorded
   local node = {back, C.newnumber(), nil, C.node(x), a, b, c, base = x, view = view, version = (C.version(x))}
   if core.state.anomaly then node.where = C.where() end
   return C.setnode(y, node, RECORDED + VIEW + band(C.recorded(x), LEAF))
end

-- The views that lua/torch/record.c records: their arguments are in the node, the sizes of what was written in `sizes`.
local viewers = {
   narrow = function(node, t) return t:narrow(node[6], node[7], node[8]) end,
   transpose = function(node, t) return t:transpose(node[5], node[6]) end,
   unfold = function(node, t) return t:unfold(node[6], node[7], node[8]) end,
   select = function(node, t)
      if t:dim() == 1 then return t:narrow(1, node[7], 1) end
      return t:select(node[6], node[7])
   end,
   t = function(_, t) return t:t() end,
   view = function(node, t) return F.reshape(t, node.sizes) end,
   expand = function(node, t) return t:expand(node.sizes) end,
}
viewers.viewAs, viewers.squeeze, viewers.expandAs = viewers.view, viewers.view, viewers.expand
for id, name in pairs(core.names) do
   if core.rules[id] and viewers[name] then viewers[core.rules[id]] = viewers[name] end
end
local function view_of(node, t)
   if node.view then return node.view(t) end
   return viewers[node[1]](node, t)
end

local function copy_of(node)
   local new = {}
   for k, v in pairs(node) do new[k] = v end
   return new
end

-- A view node for the base as it is now.
local function renew(y, node)
   local base = node.base
   local new = copy_of(node)
   new[2], new[3], new.own, new.hooks = nil, nil, nil, nil
   new[4] = C.node(base)
   new[2], new.version = C.newnumber(), (C.version(base))
   C.setnode(y, new, RECORDED + VIEW + band(C.recorded(base), LEAF) + band(C.recorded(y), ELEMENT))
   return new
end

--- Before y, a view, is used: its node again, where the base was changed since.
function recorder.refresh(y)
   local node = C.oldnode(y)
   if band(C.recorded(node.base), VIEW) ~= 0 then recorder.refresh(node.base) end
   if C.version(node.base) ~= node.version then
      if C.recorded(node.base) == 0 then C.setnode(y, false) -- it was overwritten by a constant
      else renew(y, node) end
   end
end

-- ---- writing in place ----

local erase = named(function(node, g)
   if node[4] then
      local rest = g:clone()
      view_of(node.template, rest):zero()
      give(node[4], rest)
   end
   if node[5] then give(node[5], view_of(node.template, g)) end
end, 'writing into a view')

-- What stood in x, with the node `new` at the view that `template` describes.
local function assigned(x, template, new)
   local before = C.recorded(x) ~= 0 and C.oldnode(x) or false
   local node = {erase, C.newnumber(), nil, before, new}
   node.template = template
   return node
end

local function refuse_shared(r, name, what)
   if C.shares(r) <= what then return end
   collectgarbage()
   collectgarbage()
   if C.shares(r) <= what then return end
   error(C.where() .. name .. ': the result shares its memory with other tensors, which would not know of the gradient: ' ..
      "write x[{...}] = y into the whole tensor, or make a new one", 0)
end

-- x, a view with a base, has been written: `node` made what is there now.
local function rebase(x, node)
   local template = C.oldnode(x)
   local base = template.base
   template.sizes = x:size()
   local new = assigned(base, template, node)
   if band(C.recorded(base), VIEW) ~= 0 then rebase(base, new) else C.setnode(base, new, RECORDED) end
   renew(x, template)
end

--- r was written by an operation whose node is `node` (false: a constant): r is a view, or others have its memory.
function recorder.written(r, node, name)
   if band(C.recorded(r), VIEW) ~= 0 then return rebase(r, node) end
   refuse_shared(r, name, 1)
   C.setnode(r, node, RECORDED)
end

local function check_leaf(x, name)
   if band(C.recorded(x), LEAF) ~= 0 then
      error(C.where() .. name .. ': the tensor wants gradients (requiresGrad) and cannot be overwritten while operations are recorded: ' ..
         'write within torch.noGrad, or on a copy', 0)
   end
end

local copy_back = named(function(node, g)
   if g:type() ~= node[6] then g = g:type(node[6]) end
   give(node[4], F.fit(g, node[5]))
end, 'copy')

--- x:copy(y)
function recorder.copy(x, y)
   check_leaf(x, 'copy')
   alias(x):copy(alias(y))
   if C.recorded(y) == 0 then
      if band(C.recorded(x), VIEW) ~= 0 then rebase(x, false) else C.setnode(x, false) end
      return x
   end
   local node = {copy_back, C.newnumber(), nil, C.node(y), y:size(), y:type()}
   if C.recorded(x) == 0 and C.shares(x) > 1 then recorder.written(x, node, 'copy')
   elseif band(C.recorded(x), VIEW) ~= 0 then rebase(x, node)
   else C.setnode(x, node, RECORDED) end
   return x
end

-- ---- elements ----

-- A view of x for the key of an index: one element is a vector of one.
local function position(x, d, p)
   local size = x:size(d)
   if p < 0 then p = size + p + 1 end
   if not (p >= 1 and p <= size) then arguments.error('x[i]', 1, 'i', 'index %s out of range: dimension %d has size %d', p, d, size) end
   return math.floor(p)
end
local function region(x, k)
   if type(k) ~= 'table' then k = {tonumber(k)} end
   local d, view = 1, x
   for i = 1, #k do
      local e = k[i]
      if type(e) == 'number' then
         local p = position(x, i, e)
         if view:dim() == 1 then view = view:narrow(1, p, 1) else view = view:select(d, p) end
      else
         if e[1] then
            local first = position(x, i, e[1])
            view = view:narrow(d, first, position(x, i, e[2] or e[1]) - first + 1)
         end
         d = d + 1
      end
   end
   return view
end

local is_mask = {['torch.ByteTensor'] = true, ['torch.BoolTensor'] = true, ['torch.CudaByteTensor'] = true}

-- Whether the key names one element.
local function single(x, k)
   if type(k) ~= 'table' then return x:dim() == 1 end
   if #k ~= x:dim() then return false end
   for i = 1, #k do
      if type(k[i]) ~= 'number' then return false end
   end
   return true
end

-- x[k] of a recorded tensor: as always, but an element is a tensor of one element that is recorded.
local function read(mt, x, k)
   local kind = type(k)
   if kind == 'userdata' and torch.typename(k) == 'torch.LongStorage' then k, kind = k:totable(), 'table' end
   if kind ~= 'number' and kind ~= 'cdata' and kind ~= 'table' then return mt.__index(x, k) end
   local y = region(x, k)
   if single(x, k) and C.recorded(y) ~= 0 then C.setnode(y, C.oldnode(y), C.recorded(y) + ELEMENT) end
   return y
end

local function whole(x) return x end

-- x[k] = v where x or v is recorded.
local function assign(x, k, v)
   check_leaf(x, 'x[i] = v')
   if type(k) == 'userdata' and is_mask[torch.typename(k)] then
      if torch.isTensor(v) then
         if v:nElement() == 1 then v = v:expand(k:size()):clone():maskedSelect(k) end
         return x:maskedCopy(k, v)
      end
      return x:maskedFill(k, v)
   end
   if type(k) == 'userdata' then k = k:totable() end
   if C.recorded(x) ~= 0 then
      local view = region(x, k)
      if torch.isTensor(v) then
         if C.recorded(v) ~= 0 or C.recorded(view) ~= 0 then recorder.copy(view, v) end
      else view:fill(v) end
      return
   end
   refuse_shared(x, 'x[i] = v', 1)
   local view = region(x, k)
   view:copy(alias(v))
   local copied = {copy_back, C.newnumber(), nil, C.node(v), v:size(), v:type()}
   local template = {view = function(t) return region(t, k) end, whole}
   C.setnode(x, assigned(x, template, copied), RECORDED)
end
core.assign = assign

-- ---- functions of lua/torch ----

local clone_back = named(function(node, g) give(node[4], g) end, 'clone')
function recorder.clone(x) return (core.record(alias(x):clone(), clone_back, nil, C.node(x))) end

local type_back = named(function(node, g) give(node[4], g:type(node[5])) end, 'type')
function recorder.convert(x, name)
   local y = alias(x):type(name)
   if name ~= 'torch.FloatTensor' and name ~= 'torch.DoubleTensor' and not name:find('^torch%.Cuda') then return y end
   local _, node = core.record(y, type_back, nil, C.node(x))
   if node then node[5] = x:type() end
   return y
end

-- r, x, ... of a function that makes r a view of x.
for _, name in ipairs{'view', 'viewAs', 'squeeze', 'expand', 'expandAs'} do
   recorder[name] = function(r, x, ...)
      check_leaf(r, name)
      if C.recorded(r) ~= 0 then C.setnode(r, false) end
      if C.recorded(x) == 0 then return x[name](r, x, ...) end
      local v = x[name](x, ...)
      r:set(alias(v))
      return C.setnode(r, C.oldnode(v), C.recorded(v))
   end
end

--- x:permute(...)
function recorder.permute(x, ...)
   local order, back, n = {...}, {}, select('#', ...)
   local y = alias(x):permute(...)
   for i = 1, n do back[order[i]] = i end
   return record_view(x, y, named(function(node, g) give(node[4], g:permute(unpack(back, 1, n))) end, 'permute'),
      function(t) return t:permute(unpack(order, 1, n)) end)
end

--- x:repeatTensor(...)
function recorder.repeatTensor(x, ...)
   local y = alias(x):repeatTensor(...)
   local sizes, full, n = x:size(), y:size(), y:dim()
   return (core.record(y, named(function(node, g)
      local missing, blocks = n - #sizes, torch.LongStorage(2 * n)
      for i = 1, n do
         local own = i > missing and sizes[i - missing] or 1
         blocks[2 * i - 1], blocks[2 * i] = full[i] / own, own
      end
      g = F.reshape(g, blocks)
      for i = 1, n do g = F.sum(g, 2 * i - 1) end
      give(node[4], F.reshape(g, sizes))
   end, 'repeatTensor'), nil, C.node(x)))
end

local set_back = named(function(node, g) give(node[4], g) end, 'set')
function recorder.set(x, y, ...)
   if C.recorded(x) ~= 0 then
      check_leaf(x, 'set')
      error(C.where() .. 'set: the tensor is recorded and keeps its place: x:detach() gives one that can be set', 0)
   end
   x:set(alias(y))
   return record_view(y, x, set_back, function(t) return t end)
end

function recorder.resize(x, a, ...)
   local sizes = torch.isStorage(a) and a or torch.LongStorage{a, ...}
   if x:isSize(sizes) then return x end
   error(C.where() .. 'resize: the tensor is recorded and keeps its sizes: x:view(...) shows it in others', 0)
end

-- ---- a number that is recorded: a tensor of one element ----

local function is_number(v) return type(v) == 'userdata' and torch.isTensor(v) and v:nElement() == 1 end
local by_tensor = {mul = 'cmul', div = 'cdiv', pow = 'cpow'} -- what takes a tensor in the number's place

local function stretched(name, x, s)
   return name == 'pow' and F.expandAs(F.reshape(s, torch.LongStorage(x:dim()):fill(1)), x) or s
end

-- A number that could be taken for a tensor: the factor before the last n arguments.
local function is_factor(args, at) return at > 1 and torch.isTensor(args[at]) and band(C.recorded(args[at]), ELEMENT) ~= 0 end

--- name(...), method: x:name(...): no form takes the arguments, of which one is recorded, or one is a recorded number where forms have
-- either a number or a tensor. Results, or nothing when that does not help.
function recorder.number(name, method, ...)
   local n, args = select('#', ...), {...}
   local last, other, op = args[n], args[n - 1], by_tensor[name]
   if op and is_number(last) and torch.isTensor(other) and n <= 3 then
      local s = stretched(name, other, last)
      if n == 2 and method then return other[op](other, s) end
      local r = F[op](other, s)
      return n == 2 and r or args[1]:copy(r)
   elseif name == 'add' or name == 'csub' then
      if n < 3 or not is_factor(args, n - 1) then return end
      local term = F.cmul(last, other)
      if n == 3 and method then return args[1][name](args[1], term) end
      if n == 3 then return torch[name](args[1], term) end
      return torch[name](args[1], args[2], term)
   elseif name == 'fill' and is_number(args[2]) then
      return args[1]:copy(args[2]:view(torch.LongStorage(args[1]:dim()):fill(1)):expandAs(args[1]))
   elseif n >= 4 and is_factor(args, n - 2) then
      error(C.where() .. name .. ': the factor is a recorded number, which would be taken for a tensor: multiply by it (torch.cmul) what it stands before', 0)
   end
end

--- a * b of tensors of which one is recorded and one has a single element; nil otherwise.
function core.product(a, b)
   if C.recorded(a) == 0 and C.recorded(b) == 0 or not C.recording() then return end
   if b:nElement() == 1 then return F.cmul(a, b) end
   if a:nElement() == 1 then return F.cmul(b, a) end
end

--- a / b of a tensor or number and a recorded tensor of one element, or a number and a recorded tensor.
function core.quotient(a, b)
   if not torch.isTensor(b) or C.recorded(b) == 0 and (not torch.isTensor(a) or C.recorded(a) == 0) or not C.recording() then return end
   if type(a) == 'number' then return torch.mul(torch.cinv(b), a) end
   if torch.isTensor(a) and (b:nElement() == 1 or a:isSameSizeAs(b)) then return torch.cdiv(a, b) end
end

-- ---- the metatable of recorded tensors ----

local methods = {} -- instead of those of the class
for _, name in ipairs{'apply', 'map', 'map2'} do
   methods[name] = function(x)
      error(C.where() .. name .. ': a function of single elements has no derivative that could be recorded: write it with operations, or with x:detach()', 0)
   end
end

local function metatable(mt)
   local R = {}
   for k, v in pairs(mt) do
      if type(k) == 'string' and k:find('^__') then R[k] = v end
   end
   function R.__index(x, k)
      if type(k) == 'string' then
         local special = methods[k]
         if special and C.recording() then return special end
         return mt.__index(x, k)
      end
      if not C.recording() then return mt.__index(x, k) end
      return read(mt, x, k)
   end
   function R.__newindex(x, k, v)
      if not C.recording() then
         mt.__newindex(x, k, v)
         C.touch(x)
         return
      end
      return assign(x, k, v)
   end
   R.__pow = function(a, b) return torch.pow(a, b) end
   return setmetatable(R, {__index = mt})
end

require('torch.classes').each(function(name, class)
   local Storage = require 'torch.Storage'
   local number = Storage.number[name]
   if number then C.recordedclass(number, metatable(class)) end
end)
require('torch.ops').recorded(core)
require('torch.index').recorded(core)

return core
