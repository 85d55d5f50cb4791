-- graph.Edge(from, to): from one node to another.
local wrong = require('torch.arguments').error
local Edge = torch.class('graph.Edge')

function Edge:__init(from, to)
   for i, node in ipairs{from or false, to or false} do
      if not torch.isTypeOf(node, 'graph.Node') then
         wrong('graph.Edge', i, i == 1 and 'from' or 'to', 'graph.Node expected, got %s', torch.type(node or nil))
      end
   end
   self.from, self.to = from, to
end
