--- cutorch.graph(f): the launches of f as one. f runs once as it is, is recorded, which computes nothing, and is replayed
-- once; then every graph() computes what f did, at the price of one launch.
--
--    local step = cutorch.graph(function()
--       net:zeroGradParameters()
--       local loss = criterion:forward(net:forward(input), target)   -- a tensor of one element while f is recorded
--       net:backward(input, criterion:backward(net.output, target))
--       net:updateParameters(0.01)
--       return loss
--    end)
--    for x, y in batches() do
--       input:copy(x)
--       target:copy(y)
--       local loss = step()
--    end
--    print(loss[1])
--
-- A replay reads and writes the memory that f used when it was recorded: data goes into the same tensors, sizes stay, and results are
-- those of f, whose contents change. Numbers stay what they were, such as a learning rate, and an optimiser's count of steps.
-- Random numbers go on from replay to replay. f may not wait for the GPU (x[1], x:sum(), printing), nor copy from or to the CPU,
-- which raises. What f allocates stays the graph's until it is collected.
--
-- With THC_SYNC=1 in the environment nothing is recorded: graph() calls f.
return function(cutorch, C)
   local Graph = {}
   Graph.__index = Graph

   -- f on the graph's own stream, between two steps of C.
   local function on_stream(handle, first, f, last)
      handle:enter()
      local function finish(ok, ...)
         if last then last(ok) end
         handle:leave()
         if not ok then error((...), 0) end
         return {n = select('#', ...), ...}
      end
      return finish(pcall(function()
         if first then first() end
         return f()
      end))
   end

   local function record(handle, f)
      local begun = false
      return on_stream(handle, function()
         handle:begin()
         begun, cutorch._recording = true, true
      end, f, function(ok)
         cutorch._recording = nil
         if begun then handle:finish(ok) end
      end)
   end

   --- graph() -> results of f: starts what was recorded, on the current stream, and returns at once.
   function Graph:__call()
      if not self.handle then return self.f() end
      self.handle:launch()
      return unpack(self.results, 1, self.results.n)
   end

   --- graph:size() -> number: launches and copies in it; 0 with THC_SYNC=1.
   function Graph:size() return self.handle and self.handle:size() or 0 end

   function Graph:__tostring__() return ('cutorch.Graph(%d launches)'):format(self:size()) end
   Graph.__tostring = Graph.__tostring__

   function cutorch.graph(f)
      if type(f) ~= 'function' then error('graph: function expected, got ' .. torch.type(f), 2) end
      local graph = setmetatable({f = f}, Graph)
      if os.getenv('THC_SYNC') == '1' then
         f()
         return graph
      end
      local handle = C.graph()
      on_stream(handle, nil, f)
      graph.results = record(handle, f)
      graph.handle = handle
      handle:launch()
      return graph
   end
end
