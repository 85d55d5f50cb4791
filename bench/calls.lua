package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- What a call costs, and scalar loops over elements.

local small = 'x = torch.ones(10, dtype=torch.double)\ny = torch.ones(10, dtype=torch.double)'

bench.run('Calls', {
   {name = 'x:add(1), 10 elements', peer_setup = small, peer = 'x.add_(1)', target = 100,
    setup = function() local x = torch.Tensor(10):fill(1) return function(n) for _ = 1, n do x:add(1) end end end},
   {name = 'torch.exp(z, x), 10 floats', peer_setup = 'x = torch.ones(10)\nz = torch.empty(10)', peer = 'torch.exp(x, out=z)', target = 100,
    setup = function()
      local x, z, exp = torch.FloatTensor(10):fill(1), torch.FloatTensor(10), torch.exp
      return function(n) for _ = 1, n do exp(z, x) end end
    end},
   {name = 'z = x + y, 10 elements, with collection', peer_setup = small, peer = 'z = x + y', target = 400,
    setup = function()
      local x, y = torch.Tensor(10):fill(1), torch.Tensor(10):fill(2)
      return function(n) for _ = 1, n do local _z = x + y end end
    end},
   {name = 'x:narrow(1, 2, 3), with collection', peer_setup = small, peer = 'x.narrow(0, 1, 3)', target = 300,
    setup = function()
      local x = torch.Tensor(10)
      return function(n) for _ = 1, n do local _z = x:narrow(1, 2, 3) end end
    end},
   {name = 's = s + x[i]', per = 1000, peer_setup = 'x = torch.ones(1000, dtype=torch.double)\ns = 0.0',
    peer = 'for i in range(1000): x[i].item()', target = 5,
    setup = function()
      local x = torch.Tensor(1000):fill(1)
      return function(n) for _ = 1, n do local s = 0 for i = 1, 1000 do s = s + x[i] end end end
    end},
   {name = 'x[i] = i', per = 1000, peer_setup = 'x = torch.ones(1000, dtype=torch.double)',
    peer = 'for i in range(1000): x[i] = i', target = 5,
    setup = function()
      local x = torch.Tensor(1000)
      return function(n) for _ = 1, n do for i = 1, 1000 do x[i] = i end end end
    end},
   {name = 's = s + m[{i, j}]', per = 10000, target = 15,
    setup = function()
      local m = torch.Tensor(100, 100):fill(1)
      return function(n)
         for _ = 1, n do
            local s = 0
            for i = 1, 100 do for j = 1, 100 do s = s + m[{i, j}] end end
         end
      end
    end},
   {name = 'm[{i, j}] = j', per = 10000, target = 15,
    setup = function()
      local m = torch.Tensor(100, 100)
      return function(n) for _ = 1, n do for i = 1, 100 do for j = 1, 100 do m[{i, j}] = j end end end end
    end},
   {name = 'x:apply(function(v) return v*2+1 end)', per = 1e5, target = 1,
    setup = function()
      local x = torch.Tensor(1e5):fill(0)
      return function(n)
         for _ = 1, n do
            x:apply(function(v) return v * 2 + 1 end)
            x:fill(0)
         end
      end
    end},
   {name = 'the same of a column of a matrix', per = 1e5, target = 5,
    setup = function()
      local x = torch.Tensor(1e5, 2):fill(0):select(2, 1)
      return function(n)
         for _ = 1, n do
            x:apply(function(v) return v * 2 + 1 end)
            x:fill(0)
         end
      end
    end},
   {name = "th -e ''", target = 25e6,
    setup = function()
      local command = ("'%s' -e ''"):format(paths.concat(paths.execdir(), 'th'))
      return function(n) for _ = 1, n do os.execute(command) end end
    end},
})
