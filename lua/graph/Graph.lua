-- graph.Graph(): edges and the nodes that they join. Fields: nodes, a list that also maps each node to its place, which
-- is the node's id; edges.
local wrong = require('torch.arguments').error
local Graph = torch.class('graph.Graph')

function Graph:__init()
   self.nodes, self.edges = {}, {}
end

local function add_node(self, node)
   if self.nodes[node] then return end
   self.nodes[#self.nodes + 1] = node
   self.nodes[node] = #self.nodes
   node.id = #self.nodes
end

--- graph:add(edge): adds an edge, or a list of them, and nodes that are new.
function Graph:add(edge)
   if not torch.isTypeOf(edge, 'graph.Edge') then
      if type(edge) ~= 'table' then
         wrong('graph.Graph:add', 1, 'edge', 'edge or list of edges expected, got %s', torch.type(edge))
      end
      for _, e in ipairs(edge) do self:add(e) end
      return
   end
   add_node(self, edge.from)
   add_node(self, edge.to)
   edge.from:add(edge.to)
   self.edges[#self.edges + 1] = edge
end

-- A graph of new nodes with the old data, and which became which.
local function copy(self, turned)
   local g, map = graph.Graph(), {}
   local function new(node)
      map[node] = map[node] or node.new(node.data)
      return map[node]
   end
   for _, e in ipairs(self.edges) do
      local from, to = new(e.from), new(e.to)
      if turned then from, to = to, from end
      g:add(graph.Edge(from, to))
   end
   return g, map
end

--- graph:clone() -> graph, table: a graph of new nodes that share their data with these, and the table of new nodes by
-- old ones.
function Graph:clone() return copy(self, false) end

--- graph:reverse() -> graph, table: the same with every edge turned round.
function Graph:reverse() return copy(self, true) end

-- nodes that are not `end_` of any edge
local function without(self, end_)
   local has, list = {}, {}
   for _, e in ipairs(self.edges) do has[e[end_]] = true end
   for _, node in ipairs(self.nodes) do
      if not has[node] then list[#list + 1] = node end
   end
   return list
end

--- graph:roots() -> table: the nodes that no edge leads to.
function Graph:roots() return without(self, 'to') end

--- graph:leaves() -> table: the nodes that no edge leaves.
function Graph:leaves() return without(self, 'from') end

local function cycle() error(require('libtorch').where() .. 'graph.Graph:topsort: Graph has cycles', 0) end

--- graph:topsort() -> table, graph, table: the nodes, each after those with an edge to it; the reversed graph, and its
-- depth-first order.
function Graph:topsort()
   local reversed, map = self:reverse()
   local old = {}
   for from, to in pairs(map) do old[to] = from end
   local sorted, done = {}, {}
   local roots = reversed:roots()
   for _, root in ipairs(roots) do
      root:visit(function(node) node.visited = true end, function(node)
         for _, child in ipairs(node.children) do
            if not done[child] then cycle() end -- it is still open, above
         end
         done[node] = true
         sorted[#sorted + 1] = old[node]
      end)
   end
   if #sorted < #self.nodes then cycle() end -- of nodes that no root leads to
   for node in pairs(old) do node.visited = false end
   return sorted, reversed, roots
end
