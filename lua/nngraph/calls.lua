-- Calls of modules and criterions on nodes: module(), module(node), module{node, node...}, -module, node - module.

local raise = require('nngraph.origin').raise

-- What is wrong with the element i of the table `what`.
local function not_a_node(x, what, i)
   local place = ('%s[%d]'):format(what, i)
   if x == nil then return place .. ' is nil (typo / bad index?)' end
   if torch.isTypeOf(x, 'nn.Module') then
      return ('%s is a module, a %s, but it has to be a node: call the module to make one, as in nn.%s(...)(input), '
         .. 'or nn.%s(...)() where it has no input'):format(place, torch.type(x), torch.type(x):match('[^.]*$'), torch.type(x):match('[^.]*$'))
   end
   local text = ('%s is a %s, but it has to be an nngraph.Node'):format(place, torch.type(x))
   if torch.isTensor(x) then text = text .. ': with nngraph, module(tensor) is written module:forward(tensor)' end
   return text
end

local M = {}

local function is_node(x) return torch.isTypeOf(x, 'nngraph.Node') end

--- A list of nodes, checked; `what` names it.
function M.nodes(list, what)
   if type(list) ~= 'table' or is_node(list) or torch.isTypeOf(list, 'nn.Module') then
      raise('%s: table of nodes expected, got %s', what, torch.type(list))
   end
   for i = 1, table.maxn(list) do
      if not is_node(list[i]) then raise('%s', not_a_node(list[i], what, i)) end
   end
   return list
end

local function node_of(module, ...)
   if select('#', ...) > 1 then raise('nngraph: several inputs are one table: module{node, node}') end
   local node = nngraph.Node{module = module}
   if select('#', ...) == 0 then return node end
   local inputs = ...
   if inputs == nil or type(inputs) ~= 'table' or is_node(inputs) or torch.isTypeOf(inputs, 'nn.Module') then inputs = {inputs, n = 1} end
   if table.maxn(inputs) == 0 and not inputs.n then raise('nngraph: module{}: the table of inputs is empty (are they all nil?)') end
   for i = 1, inputs.n or table.maxn(inputs) do
      if not is_node(inputs[i]) then raise('%s', not_a_node(inputs[i], 'inputs', i)) end
      node:add(inputs[i], true)
   end
   return node
end

function nn.Module.__call__(module, ...) return (node_of(module, ...)) end
function nn.Criterion.__call__(criterion, ...) return (node_of(nn.ModuleFromCriterion(criterion), ...)) end
--- -module is module().
function nn.Module.__unm__(module) return (node_of(module)) end

--- module - module is a chain that begins with the first, which has no input yet; {node, node...} - module is module{node, node...}.
function nn.Module.__sub__(first, second)
   if type(first) == 'table' and not torch.typename(first) then return (node_of(second, first)) end
   if not torch.isTypeOf(first, 'nn.Module') or not torch.isTypeOf(second, 'nn.Module') then
      raise('nngraph: expected module - module, got %s - %s', torch.type(first), torch.type(second))
   end
   return second(first())
end

--- nngraph.nest(x) -> node: a node for nested inputs: nest{a, {b, c}} gives {a, {b, c}}.
function nngraph.nest(x)
   if is_node(x) then return x end
   if type(x) ~= 'table' or #x == 0 then raise('nngraph.nest: node or table of nodes expected, got %s', torch.type(x)) end
   local list = {}
   for i, v in ipairs(x) do list[i] = nngraph.nest(v) end
   if #list == 1 then return nngraph.JustTable()(list[1]) end
   return nn.Identity()(list)
end

return M
