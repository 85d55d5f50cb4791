-- graph.Node(data): a node that knows its children. Fields: data; children, a list that also maps each child to its
-- place; id, its number in the graph that it was last added to; visited and marked, set while a walk is under way.
local wrong = require('torch.arguments').error
local Node = torch.class('graph.Node')

function Node:__init(data)
   self.data = data
   self.id = 0
   self.children = {}
   self.visited = false
   self.marked = false
end

--- node:add(child): adds a child, or a list of them; one that is there already stays as it is.
--
-- > a, b = graph.Node('a'), graph.Node('b')
-- > a:add(b)
-- > #a.children
-- 1
function Node:add(child)
   local children = self.children
   if torch.isTypeOf(child, 'graph.Node') then
      if not children[child] then
         children[#children + 1] = child
         children[child] = #children
      end
   elseif type(child) == 'table' then
      for _, c in ipairs(child) do self:add(c) end
   else
      wrong('graph.Node:add', 1, 'child', 'node or list of nodes expected, got %s', torch.type(child))
   end
end

--- node:visit([before, after]): calls before(node) on the way down and after(node) on the way up, for this node and all
-- that can be reached from it and are not `visited`; either may be nil. Marking them as visited is for `before` to do.
function Node:visit(before, after)
   if self.visited then return end
   local path, at = {self}, {0} -- no recursion: chains may be long
   if before then before(self) end
   while #path > 0 do
      local node = path[#path]
      local i = at[#path] + 1
      local child = node.children[i]
      if not child then
         path[#path], at[#at] = nil, nil
         if after then after(node) end
      else
         at[#at] = i
         if not child.visited then
            if before then before(child) end
            path[#path + 1], at[#at + 1] = child, 0
         end
      end
   end
end

--- node:dfs_dirty([f]) -> table: calls f once for every node that can be reached, children before parents. The nodes
-- stay `visited`; they are returned in that order.
function Node:dfs_dirty(f)
   local nodes = {}
   self:visit(function(node) node.visited = true end, function(node)
      if f then f(node) end
      nodes[#nodes + 1] = node
   end)
   return nodes
end

--- node:dfs([f]): calls f once for every node that can be reached, children before parents, leaving no trace.
--
-- > a, b = graph.Node('a'), graph.Node('b')
-- > a:add(b)
-- > a:dfs(function(node) print(node.data) end)
-- b
-- a
function Node:dfs(f)
   for _, node in ipairs(self:dfs_dirty(f)) do node.visited = false end
end

--- node:bfs_dirty([f]) -> table: calls f once for every node that can be reached, near ones first. The nodes stay
-- `marked`; they are returned in that order.
function Node:bfs_dirty(f)
   local nodes = {self}
   self.marked = true
   local i = 1
   while nodes[i] do
      local node = nodes[i]
      if f then f(node) end
      for _, child in ipairs(node.children) do
         if not child.marked then
            child.marked = true
            nodes[#nodes + 1] = child
         end
      end
      i = i + 1
   end
   return nodes
end

--- node:bfs([f]): calls f once for every node that can be reached, near ones first, leaving no trace.
function Node:bfs(f)
   for _, node in ipairs(self:bfs_dirty(f)) do node.marked = false end
end

--- node:graph() -> graph: the graph of all nodes that can be reached; these very nodes, not copies.
function Node:graph()
   local g = graph.Graph()
   self:bfs(function(node)
      for _, child in ipairs(node.children) do g:add(graph.Edge(node, child)) end
   end)
   return g
end

--- node:label() -> string: what drawings write into the node: its data as text.
function Node:label() return tostring(self.data) end
