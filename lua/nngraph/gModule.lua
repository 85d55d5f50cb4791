-- nn.gModule({inputs}, {outputs}): the net between nodes. Every node on a way from an input to an output takes part;
-- one that hangs on such a way but leads to no output is an error, as is an output of split() that is not used.
--
-- Several inputs are given as a table, several outputs come as one. A node that feeds several others gets the sum of
-- their gradients. Fields: fg and bg, the graph from inputs to outputs and its reverse (their nodes share data);
-- forwardnodes and backwardnodes, the nodes of these in order; innode and outnode; modules, in the order of
-- forwardnodes; nInputs; verbose, to print a line for every node of a pass; name, the text that stands for the net.
local gModule, parent = torch.class('nn.gModule', 'nn.Container')
local calls, nested = require 'nngraph.calls', require 'nngraph.nested'
local errors, raise = require 'nn.errors', require('nngraph.origin').raise

local debugging = false

--- nngraph.setDebug(b): while b is true, a net in which a node fails is drawn into an SVG file, named for the net, with
-- that node in red.
function nngraph.setDebug(b) debugging = b and true or false end

-- ---- construction ----

local function label(data) return tostring(data.annotations._debugLabel) end

-- The node that all inputs come from.
local function new_source(inputs)
   local source = nngraph.Node{input = {}}
   for i, node in ipairs(inputs) do
      if #node.children > 0 then
         raise('nn.gModule: inputs[%d], declared on %s: an input should have no inputs', i, label(node.data))
      end
   end
   local parts = #inputs == 1 and {source} or {source:split(#inputs)}
   for i, node in ipairs(inputs) do node:add(parts[i], true) end
   return source
end

local function new_sink(outputs)
   local sink = nngraph.Node{input = {}}
   for _, node in ipairs(outputs) do sink:add(node, true) end
   return sink
end

-- The root of fg that is the source; other roots must be modules that need no input.
local function find_source(fg, source, inputs)
   local found
   for _, root in ipairs(fg:roots()) do
      if root.data == source.data then
         found = root
      elseif not root.data.module or torch.type(root.data.module) ~= 'nnop.Parameters' then
         raise('nn.gModule: node declared on %s has no input, and is none of the inputs', label(root.data))
      end
   end
   if not found then
      raise('nn.gModule: input node declared on %s does not connect to gmodule output', label(inputs[1].data))
   end
   return found
end

-- Whatever takes part of its input from a node of the net must lead to an output.
local function check_connected(nodes, inputs)
   local inside = {}
   for _, node in ipairs(nodes) do inside[node.data] = true end
   for i, node in ipairs(inputs) do
      if not inside[node.data] then
         raise('nn.gModule: inputs[%d], node declared on %s, does not connect to gmodule output', i, label(node.data))
      end
   end
   for _, node in ipairs(nodes) do
      local data = node.data
      if data.nSplitOutputs and data.nSplitOutputs ~= #node.children then
         raise('nn.gModule: %d of split(%d) outputs from the node declared at %s are unused',
            data.nSplitOutputs - #node.children, data.nSplitOutputs, label(data))
      end
      for successor in pairs(data.reverseMap) do
         if not inside[successor.data] then
            raise('nn.gModule: node declared on %s does not connect to gmodule output', label(successor.data))
         end
      end
   end
end

function gModule:__init(inputs, outputs)
   parent.__init(self)
   inputs, outputs = calls.nodes(inputs, 'inputs'), calls.nodes(outputs, 'outputs')
   if #inputs == 0 then raise('nn.gModule: there are no inputs') end
   if #outputs == 0 then raise('nn.gModule: there are no outputs') end
   local source = new_source(inputs)
   self.outnode = new_sink(outputs)
   self.bg = self.outnode:graph()
   self.fg = self.bg:reverse()
   self.innode = find_source(self.fg, source, inputs)
   self.nInputs = #inputs
   self.verbose = false
   self.forwardnodes, self.backwardnodes = self.fg:topsort(), self.bg:topsort()
   check_connected(self.forwardnodes, inputs)
   for _, node in ipairs(self.forwardnodes) do
      node.data.forwardNodeId = node.id
      if node.data.module then self:add(node.data.module) end
   end
   self.output, self.gradInput = nil, nil
end

--- Files hold the graphs; orders that an old file lacks are made again.
function gModule:read(file)
   parent.read(self, file)
   self.forwardnodes = self.forwardnodes or self.fg:topsort()
   self.backwardnodes = self.backwardnodes or self.bg:topsort()
   self.nInputs = self.nInputs or 1
end

-- ---- passes ----

-- f(module, ...) of a node of the net, the index of whose module is i; its errors tell the node.
local function run(self, node, i, f, ...)
   local ok, result = xpcall(f, errors.handler, node.data.module, ...)
   if ok then return result end
   if debugging then
      local drawn, file = pcall(self._drawFault, self, node)
      print('nngraph: ' .. (drawn and 'the net is drawn in ' or '') .. tostring(file))
   end
   errors.rethrow(result, self, node.data.module, i)
end

function gModule:_drawFault(node)
   local annotations = node.data.annotations
   local before = annotations.graphAttributes
   annotations.graphAttributes = {color = 'red', style = 'filled', fillcolor = 'red'}
   local name = self.name or ('nngraph_%din_%dout'):format(self.nInputs, #self.outnode.children)
   local ok, file = pcall(graph.dot, self.fg, name, name)
   annotations.graphAttributes = before
   if not ok then error(file, 0) end
   return file
end

-- The number of every node's module among self.modules.
local function numbering(self)
   local numbers, n = {}, 0
   for _, node in ipairs(self.forwardnodes) do
      if node.data.module then
         n = n + 1
         numbers[node.data] = n
      end
   end
   return numbers
end

local function wrong_input(self, message, ...)
   raise('%s: argument #1 (input): ' .. message, torch.type(self), ...)
end

local function emptied(list)
   list = list or {}
   for i = #list, 1, -1 do list[i] = nil end
   return list
end

local function give_inputs(self, input)
   local data = self.innode.data
   local several = self.nInputs > 1
   if input == nil then wrong_input(self, 'Got 0 inputs instead of %d', self.nInputs) end
   if several and type(input) ~= 'table' then
      wrong_input(self, 'expecting table of %d inputs, got %s', self.nInputs, torch.type(input))
   end
   if several and #input ~= self.nInputs then wrong_input(self, 'Got %d inputs instead of %d', #input, self.nInputs) end
   for _, node in ipairs(self.forwardnodes) do node.data.input = emptied(node.data.input) end
   for i, x in ipairs(several and input or {input}) do data.input[i] = x end
end

-- What goes into a node's module, or out of one that has none.
local function value(data)
   local input = data.input
   return #input == 1 and input[1] or input
end

local function split_value(data, x)
   if data.nSplitOutputs and (type(x) ~= 'table' or #x ~= data.nSplitOutputs) then
      raise('nn.gModule: split(%d) cannot split %s outputs, at the node declared on %s', data.nSplitOutputs,
         tostring(type(x) == 'table' and #x or 'what are no'), label(data))
   end
   return x
end

--- Runs f(module, input), or module[f](module, input), on every node in order. Returns the outputs.
function gModule:runForwardFunction(f, input)
   local name = f
   if type(name) == 'string' then f = function(module, x) return module[name](module, x) end end
   give_inputs(self, input)
   local i = 0
   for _, node in ipairs(self.forwardnodes) do
      local data = node.data
      local x = value(data)
      if data.selectindex then x = data.input[1][data.selectindex]
      elseif data.module then
         i = i + 1
         x = run(self, node, i, f, x)
      end
      split_value(data, x)
      for _, child in ipairs(node.children) do child.data.input[child.data.mapindex[data]] = x end
      if self.verbose then print(' V : ' .. node:label()) end
   end
   self.output = value(self.outnode.data)
   return self.output
end

function gModule:updateOutput(input) return self:runForwardFunction('updateOutput', input) end

-- The sum of what a node's consumers gave back; nil when none did.
local function total_gradient(data)
   local list = data.gradOutput
   if data.nSplitOutputs then return next(list) and list or nil end
   if #list > 1 then
      data.gradOutputBuffer = nested.sum(data.gradOutputBuffer, list)
      data.gradOutput = {data.gradOutputBuffer}
   end
   return data.gradOutput[1]
end

local function give_back(child, gradient, at)
   if gradient == nil then return end
   local list = child.data.gradOutput
   list[at or #list + 1] = gradient
end

-- gradOutput to the nodes of outputs, each alone, or the table of several
local function give_gradients(self, gradOutput)
   local outputs = self.outnode.children
   if #outputs > 1 and (type(gradOutput) ~= 'table' or #gradOutput ~= #outputs) then
      raise('%s: argument #2 (gradOutput): Got %s instead of a table of %d gradients', torch.type(self),
         type(gradOutput) == 'table' and 'a table of ' .. #gradOutput or torch.type(gradOutput), #outputs)
   end
   for _, node in ipairs(self.backwardnodes) do node.data.gradOutput = {} end
   self.outnode.data.gradOutput[1] = gradOutput
end

function gModule:updateGradInput(input, gradOutput)
   give_gradients(self, gradOutput)
   local numbers = numbering(self)
   local nodes = self.backwardnodes -- outputs first
   for _, node in ipairs(nodes) do
      local data = node.data
      local g = total_gradient(data)
      local children = node.children
      if data.module and g ~= nil then
         g = run(self, node, numbers[data], function(m, x, go) return m:updateGradInput(x, go) end, value(data), g)
      end
      for i, child in ipairs(children) do
         if g == nil then break end
         if data.selectindex then give_back(child, g, data.selectindex)
         else give_back(child, (#children == 1) and g or g[i]) end
      end
      if self.verbose then print(' V : ' .. node:label()) end
   end
   self.gradInput = total_gradient(self.innode.data)
   return self.gradInput
end

-- f(module, input, gradOutput) for every module that got a gradient from updateGradInput
local function each_gradient(self, f)
   local numbers = numbering(self)
   for _, node in ipairs(self.backwardnodes) do
      local data = node.data
      if data.module then
         if not data.gradOutput then raise('nn.gModule: updateGradInput must come before accGradParameters') end
         local g = total_gradient(data)
         if g ~= nil then run(self, node, numbers[data], f, value(data), g) end
      end
   end
end

function gModule:accGradParameters(input, gradOutput, scale)
   each_gradient(self, function(m, x, g) m:accGradParameters(x, g, scale) end)
end

function gModule:accUpdateGradParameters(input, gradOutput, lr)
   each_gradient(self, function(m, x, g) m:accUpdateGradParameters(x, g, lr) end)
end

-- ---- the module protocol ----

local buffers = {'input', 'gradOutput', 'gradOutputBuffer'}

function gModule:type(type, tensorCache)
   if not type then return self._type end
   tensorCache = tensorCache or {}
   for _, node in ipairs(self.forwardnodes) do
      local data = node.data
      for _, field in ipairs(buffers) do data[field] = data[field] and nn.utils.recursiveType(data[field], type, tensorCache) end
      if data.module then data.module:type(type, tensorCache) end
   end
   self.output = self.output and nn.utils.recursiveType(self.output, type, tensorCache)
   self.gradInput = self.gradInput and nn.utils.recursiveType(self.gradInput, type, tensorCache)
   self._type = type
   return self
end

function gModule:clearState()
   for _, node in ipairs(self.forwardnodes) do
      for _, field in ipairs(buffers) do node.data[field] = nil end
      if node.data.module then node.data.module:clearState() end
   end
   self.output, self.gradInput = nil, nil
   return self
end

--- Every module becomes what callback returns for it.
function gModule:replace(callback)
   local out = callback(self)
   local new, i = {}, 0
   for _, node in ipairs(self.forwardnodes) do
      local module = node.data.module
      if module then
         new[module] = new[module] or module:replace(callback) -- a module may stand at several nodes
         i = i + 1
         node.data.module, self.modules[i] = new[module], new[module]
      end
   end
   return out
end

--- f(module, other) for the modules of this net and of another one of the same structure.
function gModule:map(other, f)
   for i, node in ipairs(self.forwardnodes) do
      local mine, its = node.data.module, other.forwardnodes[i] and other.forwardnodes[i].data.module
      if torch.type(mine) ~= torch.type(its) then raise('nn.gModule:map: the other net has a different structure') end
      if mine then f(mine, its) end
   end
end

function gModule:__tostring__() return self.name or torch.type(self) end
