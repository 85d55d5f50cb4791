-- The replicas of an nn.DataParallelTable, and who runs them: nn.DataParallelTable.Basic, this thread, one after the other (the
-- GPUs work beside each other, as their work is only begun here); nn.DataParallelTable.Threads, a thread for each.
local cutorch, torch, nn = cutorch, torch, nn

-- ---- in this thread ----

local Basic = torch.class('nn.DataParallelTable.Basic', nn.DataParallelTable)

function Basic:__init(table_) self.dpTable = table_ end

--- Makes the replicas, where they are not there: copies of the first one.
function Basic:setup()
   if self.modules then return end
   local first = self.dpTable.modules[1]
   self.modules = {first}
   for i, gpu in ipairs(self.dpTable.gpuAssignments) do
      if i > 1 then self.modules[i] = cutorch.withDevice(gpu, function() return first:clone() end) end
   end
end

--- Makes them again, if they have been made.
function Basic:applyChanges()
   if not self.modules then return end
   self:close()
   self:setup()
end

--- impl:each(f) -> results: f(module) for each replica that has been made, with its GPU the current one, in this thread.
function Basic:each(f)
   local results = {}
   for i, module in ipairs(self.modules or {self.dpTable.modules[1]}) do
      results[i] = cutorch.withDevice(self.dpTable.gpuAssignments[i], function() return f(module) end)
   end
   return results
end

--- impl:exec(f [, arguments]) -> results: f(module, ...) for each replica that has a list of arguments (all have, by
-- default), and may run beside the others.
function Basic:exec(f, arguments)
   self:setup()
   local results = {}
   for i, module in ipairs(self.modules) do
      local a = arguments and arguments[i] or not arguments and {i}
      if a then
         results[i] = cutorch.withDevice(self.dpTable.gpuAssignments[i], function() return f(module, unpack(a, 1, table.maxn(a))) end)
      end
   end
   return results
end

--- Calls a method of every replica.
function Basic:tell(method)
   self:each(function(module) module[method](module) end)
end

--- Forgets all replicas but the first one.
function Basic:close() self.modules = nil end

-- (A function that a file keeps back, as it is code, is none.)
function Basic:write(file) file:writeObject{dpTable = self.dpTable, init = self.init} end
function Basic:read(file)
   local fields = file:readObject()
   self.dpTable, self.init = fields.dpTable, type(fields.init) == 'function' and fields.init or nil
end
Basic.__read, Basic.__write = Basic.read, Basic.write

-- ---- in threads: each has the module's Lua tables for itself, and shares its tensors with the replica here ----

local Threads, parent = torch.class('nn.DataParallelTable.Threads', 'nn.DataParallelTable.Basic', nn.DataParallelTable)

function Threads:__init(table_, init)
   parent.__init(self, table_)
   self.init = init
end

local function take(gpu, module) -- in the thread: no upvalues
   require('cutorch').setDevice(gpu)
   _G.dataParallelReplica = module
end

local function run(f, ...) return f(_G.dataParallelReplica, ...) end

-- A pool whose jobs share tensors.
local function new_pool(n, init)
   local pools = require('threads').Threads
   local before = pools.serialization()
   pools.serialization('threads.sharedserialize')
   local ok, pool = pcall(pools, n, function() require 'cunn' end, init or function() end)
   pools.serialization(before)
   return ok and pool or error(pool, 0)
end

function Threads:setup()
   if self.pool then return end
   parent.setup(self)
   self.pool = new_pool(#self.modules, self.init)
   self.pool:specific(true)
   for i, module in ipairs(self.modules) do self.pool:addjob(i, take, nil, self.dpTable.gpuAssignments[i], module) end
   self.pool:synchronize()
end

function Threads:exec(f, arguments)
   self:setup()
   local results = {}
   for i = 1, #self.modules do
      local a = arguments and arguments[i] or not arguments and {i}
      if a then self.pool:addjob(i, run, function(result) results[i] = result end, f, unpack(a, 1, table.maxn(a))) end
   end
   self.pool:synchronize()
   return results
end

local function call(module, method) module[method](module) end

function Threads:tell(method)
   parent.tell(self, method)
   if not self.pool then return end
   local arguments = {}
   for i = 1, #self.modules do arguments[i] = {method} end
   self:exec(call, arguments)
end

function Threads:close()
   parent.close(self)
   if self.pool then self.pool:terminate() end
   self.pool = nil
end
