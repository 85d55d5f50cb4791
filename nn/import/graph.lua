-- What the importers build nets with: values by name, each made of others by a module, and each with an example, from which
-- modules whose arguments depend on sizes get them.
require 'nn'
local Graph = {}
Graph.__index = Graph

--- Graph(): values, a list in the order they were made in, and layers, modules by name.
local function new() return setmetatable({values = {}, order = {}, layers = {}}, Graph) end

local MOST = 2 ^ 26 -- elements of an example

--- graph:input(name, sizes, index): a value that is given; an example of that size, of ones.
function Graph:input(name, sizes, index)
   local count = 1
   for _, size in ipairs(sizes) do count = count * size end
   if not (count >= 1 and count <= MOST) then error(('input %s: %s is no size of an example'):format(name, table.concat(sizes, ' x ')), 0) end
   local example = torch.ones(torch.LongStorage(sizes))
   self.values[name] = {name = name, example = index and example:long() or example:float(), used = 0}
end

local function copied(x)
   if torch.isTensor(x) then return x:clone() end
   local t = {}
   for i, v in ipairs(x) do t[i] = copied(v) end
   return t
end

local function list(x) return type(x) == 'table' and x or {x} end

--- graph:add(name, module, inputs [, layer]) -> example of the result, a tensor or a table of them: value `name` is made of others, of one or of a table
-- of them. layer: the name of the module among layers.
function Graph:add(name, module, inputs, layer)
   local from, examples = {}, {}
   for i, input in ipairs(list(inputs)) do
      from[i] = self.values[input] or error(('a layer reads %s, which nothing makes'):format(input), 0)
      from[i].used = from[i].used + 1
      examples[i] = from[i].example
   end
   module = module:float()
   module:evaluate()
   local ok, result = pcall(module.forward, module, type(inputs) == 'table' and examples or examples[1])
   if not ok then error(('%s: %s'):format(layer or name, result), 0) end
   local value = {name = name, module = module, from = from, single = type(inputs) ~= 'table', example = copied(result), used = 0}
   self.values[name] = value
   self.order[#self.order + 1] = value
   if layer then self.layers[layer] = module end
   return value.example
end

--- graph:alias(name, other): another name of a value.
function Graph:alias(name, other)
   self.values[name] = self.values[other] or error(('a layer reads %s, which nothing makes'):format(other), 0)
end

--- graph:example(name) -> tensor: the example of a value.
function Graph:example(name)
   local value = self.values[name] or error(('a layer reads %s, which nothing makes'):format(tostring(name)), 0)
   return value.example
end

-- The modules from an input to an output when each reads the one before it and nobody else does.
local function chain(input, output)
   local modules, at = {}, output
   while at ~= input do
      if not at.module or not at.single or (at ~= output and at.used > 1) then return nil end
      table.insert(modules, 1, at.module)
      at = at.from[1]
   end
   return input.used == 1 and modules or nil
end

local function node_of(value, nodes)
   if not nodes[value] then
      local children, seen = {}, {}
      for i, v in ipairs(value.from) do
         children[i] = node_of(v, nodes)
         if seen[v] then children[i] = nn.Identity()(children[i]) end -- a node may be read once by each
         seen[v] = true
      end
      nodes[value] = value.module(value.single and children[1] or children)
   end
   return nodes[value]
end

local function graph_of(inputs, outputs)
   require 'nngraph'
   local nodes, ins, outs = {}, {}, {}
   for i, value in ipairs(inputs) do
      ins[i] = nn.Identity()()
      nodes[value] = ins[i]
   end
   for i, value in ipairs(outputs) do
      local node = node_of(value, nodes)
      outs[i] = (value.used > 0 or not value.module) and nn.Identity()(node) or node
   end
   return nn.gModule(ins, outs)
end

local function named(graph, names)
   local values = {}
   for i, name in ipairs(names) do values[i] = graph.values[name] or error('no value ' .. name, 0) end
   return values
end

--- graph:finish(inputs, outputs) -> net, layers. Names of values; the net is ready for evaluation.
function Graph:finish(inputs, outputs)
   local ins, outs = named(self, inputs), named(self, outputs)
   local modules = #ins == 1 and #outs == 1 and chain(ins[1], outs[1])
   local net
   if modules then
      net = nn.Sequential()
      for _, module in ipairs(modules) do net:add(module) end
   else
      net = graph_of(ins, outs)
   end
   net = net:float()
   net:clearState()
   net:evaluate()
   return net, self.layers
end

--- Sets a module's weight and bias; a bias of nil is none.
local function fill(module, weight, bias)
   module.weight:copy(weight)
   if bias then module.bias:copy(bias) else module:noBias() end
   return module
end

--- Sets what a batch normalisation has learned; nil: ones or zeros.
local function fill_norm(module, weight, bias, mean, variance)
   if weight then module.weight:copy(weight) else module.weight:fill(1) end
   if bias then module.bias:copy(bias) else module.bias:zero() end
   module.running_mean:copy(mean)
   module.running_var:copy(variance)
   return module
end

--- nn.Transpose that makes dimension order[d] of its input dimension d of its output; an error where dimensions are missing.
local function transpose(order)
   local exchanges, now, there = {}, {unpack(order)}, {}
   for d = 1, #now do there[now[d]] = true end
   for d = 1, #now do
      if not there[d] then error(('%s is no order of %d dimensions'):format(table.concat(order, ' '), #order), 0) end
   end
   for d = 1, #now do -- back to 1, 2, 3...: the last exchange comes first
      while now[d] ~= d do
         local e = now[d]
         table.insert(exchanges, 1, {d, e})
         now[d], now[e] = now[e], e
      end
   end
   return nn.Transpose(unpack(exchanges))
end

--- chain(modules...) -> nn.Sequential.
local function chain_of(...)
   local net = nn.Sequential()
   for _, module in ipairs{...} do net:add(module) end
   return net
end

-- Pads on both sides of `size`, and how many windows come before those of a pooling with `before` in front and `count` windows; the
-- kernel rounds their number up and has pads of half a window at most.
local function even_pads(size, kernel, stride, before, count)
   local pad, skip = before, 0
   while pad <= kernel / 2 do
      local n = math.ceil((size + 2 * pad - kernel) / stride) + 1
      if (n - 1) * stride >= size + pad then n = n - 1 end
      if n >= skip + count then return pad, skip, n end
      pad, skip = pad + stride, skip + 1
   end
   error('pads of other sizes before and behind that are not counted', 0)
end

--- average(sizes, kernel, strides, before, counts) -> module: averages over windows of the last two or three dimensions, of these sizes,
-- that do not count pads: `before` in front of each dimension, and as many behind as `counts` windows take.
local function average(sizes, kernel, strides, before, counts)
   local p, cuts, s, k = {}, {}, strides, kernel
   for d = 1, #sizes do
      local skip, n
      p[d], skip, n = even_pads(sizes[d], k[d], s[d], before[d], counts[d])
      if n ~= counts[d] then cuts[#cuts + 1] = nn.Narrow(d + 2, skip + 1, counts[d]) end
   end
   local pool = #sizes == 2 and nn.SpatialAveragePooling(k[2], k[1], s[2], s[1], p[2], p[1]) or
      nn.VolumetricAveragePooling(k[1], k[3], k[2], s[1], s[3], s[2], p[1], p[3], p[2])
   pool:ceil():setCountExcludePad()
   return #cuts > 0 and chain_of(pool, unpack(cuts)) or pool
end

return {new = new, chain = chain_of, average = average, MOST = MOST, transpose = transpose, fill = fill, fill_norm = fill_norm}
