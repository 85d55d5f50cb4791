-- nngraph.Node(data): a node of a net. Its children are its inputs. Fields of data:
--   module        what is done to the inputs; without one they pass
--   mapindex      the data of the inputs, a list that also maps each to its place
--   reverseMap    the nodes that this one is an input of: keys
--   nSplitOutputs, selectindex   of the nodes that split() makes
--   annotations   see annotate; _debugLabel says where the node was made
--   input, gradOutput, gradOutputBuffer   of the last passes
local Node, parent = torch.class('nngraph.Node', 'graph.Node')
local origin = require 'nngraph.origin'

function Node:__init(data)
   parent.__init(self, data or {})
   data = self.data
   data.annotations = data.annotations or {}
   data.mapindex = data.mapindex or {}
   data.reverseMap = data.reverseMap or {}
   if not data.annotations._debugLabel then data.annotations._debugLabel = self:_makeDebugLabel() end
end

function Node:_makeDebugLabel() return origin.here() .. '_' end

--- node:add(child [, domap = false]): adds an input; domap makes it count as the next one of the module's.
function Node:add(child, domap)
   parent.add(self, child)
   if not domap then return end
   local mapindex, data = self.data.mapindex, child.data
   if mapindex[data] then origin.raise("Don't pass the same input twice.") end
   mapindex[#mapindex + 1] = data
   mapindex[data] = #mapindex
   data.reverseMap[self] = true
end

--- node:split(n) -> nodes...: n nodes, for the elements of the table that this node gives. All must be used.
--
-- > nodes = {nn.Identity()():split(2)}
-- > #nodes
-- 2
function Node:split(n)
   if type(n) ~= 'number' or n < 1 then
      origin.raise('nngraph.Node:split: argument #1 (n): number of at least 1 expected, got %s', tostring(n))
   end
   if n == 1 then return nngraph.JustElement()(self) end
   local label = ('%s split at %s'):format(self.data.annotations._debugLabel, origin.here())
   local splitter = nngraph.Node{nSplitOutputs = n, annotations = {_debugLabel = label}}
   splitter:add(self, true)
   local nodes = {}
   for i = 1, n do
      nodes[i] = nngraph.Node{selectindex = i, input = {}, annotations = {_debugLabel = label}}
      nodes[i]:add(splitter, true)
   end
   return unpack(nodes, 1, n)
end

--- node:annotate(annotations) -> node: notes what drawings show: name, description, graphAttributes (a table of
-- graphviz's, such as color).
function Node:annotate(annotations)
   for k, v in pairs(annotations) do self.data.annotations[k] = v end
   return self
end

--- node:graphNodeName() -> string: the node's name, as drawings show it.
function Node:graphNodeName()
   local name = self.data.annotations.name
   return name and ('%s (%d)'):format(name, self.id) or 'Node' .. self.id
end

--- node:graphNodeAttributes() -> table: graphviz's attributes: those that were annotated, and a tooltip, where the node
-- was made.
function Node:graphNodeAttributes()
   local annotations = self.data.annotations
   annotations.graphAttributes = annotations.graphAttributes or {}
   local attributes = annotations.graphAttributes
   attributes.tooltip = attributes.tooltip or annotations._debugLabel
   return attributes
end

-- sizes of tensors, in nested tables
local function sizes(x)
   if torch.isTensor(x) then return 'Tensor[' .. table.concat(x:size():totable(), 'x') .. ']' end
   if type(x) ~= 'table' then return tostring(x) end
   local list = {}
   for i, v in ipairs(x) do list[i] = sizes(v) end
   return '{' .. table.concat(list, ',') .. '}'
end

-- the inputs' names in the drawing; an input's id is that of the graph that data belongs to
local function inputs(mapindex)
   local list = {}
   for i, data in ipairs(mapindex) do list[i] = data.annotations.name or 'Node' .. (data.forwardNodeId or '') end
   return '{' .. table.concat(list, ',') .. '}'
end

--- node:label() -> string: lines about the node: its module, its inputs, the sizes that it was given in the last passes.
function Node:label()
   local data, lines = self.data, {}
   local function line(name, text) lines[#lines + 1] = name .. ' = ' .. text end
   if data.annotations.description then line('desc', data.annotations.description) end
   if data.module then line('module', tostring(data.module)) end
   if data.nSplitOutputs then line('nSplitOutputs', tostring(data.nSplitOutputs)) end
   if data.selectindex then line('selectindex', tostring(data.selectindex)) end
   if #data.mapindex > 1 then line('mapindex', inputs(data.mapindex)) end
   if data.input and #data.input > 0 then line('input', sizes(data.input)) end
   if data.gradOutput and #data.gradOutput > 0 then line('gradOutput', sizes(data.gradOutput)) end
   return table.concat(lines, '\n')
end

--- node - module is module(node).
function Node.__sub__(node, module)
   if not torch.isTypeOf(node, 'nngraph.Node') or not torch.isTypeOf(module, 'nn.Module') then
      origin.raise('nngraph: expected node - module, got %s - %s', torch.type(node), torch.type(module))
   end
   return module(node)
end
