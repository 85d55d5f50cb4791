package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local data = require 'data'

-- Batches of small samples, made by two workers, beside PyTorch's DataLoader; times are per sample.

local N, BATCH, WORKERS = 20000, 64, 2

local function epochs(make)
   return function()
      local batches = make():batches{size = BATCH, shuffle = true, workers = WORKERS, seed = 1}
      local sum = 0
      return function(n)
         for _ = 1, n do
            for x in batches do sum = sum + x:size(1) end
         end
      end
   end
end

local function peer(dataset)
   return ([[
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset
torch.set_grad_enabled(False)
n = %d
%s
loader = DataLoader(dataset, batch_size=%d, shuffle=True, num_workers=%d, persistent_workers=True)]]):format(N, dataset, BATCH, WORKERS)
end
local go = 'for x, y in loader: x.size(0)'

local function images() return torch.ByteTensor(N, 3, 32, 32):fill(7), torch.LongTensor(N):fill(1) end

bench.run('Batches of 64 samples by 2 workers', {
   {name = 'rows of 32 floats', per = N, peer = go,
    peer_setup = peer 'dataset = TensorDataset(torch.zeros(n, 32), torch.zeros(n))',
    setup = epochs(function() return data.tensors(torch.FloatTensor(N, 32):zero(), torch.FloatTensor(N):zero()) end)},
   {name = 'a function that makes 32 floats', per = N, peer = go,
    peer_setup = peer [[
class Made(Dataset):
   def __len__(self): return n
   def __getitem__(self, i): return torch.full((32,), float(i)), i
dataset = Made()]],
    setup = epochs(function()
       return data.Set(N, function(i) return torch.FloatTensor(32):fill(i), i end)
    end)},
   {name = 'images of 32 x 32: crop, flip, normalise', per = N, peer = go,
    peer_setup = peer [[
class Images(Dataset):
   def __init__(self): self.x, self.y = torch.full((n, 3, 32, 32), 7, dtype=torch.uint8), torch.zeros(n)
   def __len__(self): return n
   def __getitem__(self, i):
      x = torch.nn.functional.pad(self.x[i], (4, 4, 4, 4))
      top, left = torch.randint(9, (2,)).tolist()
      x = x[:, top:top + 32, left:left + 32]
      if torch.rand(1) < 0.5: x = x.flip(2)
      return x.float().div_(255).sub_(0.5).div_(0.25), self.y[i]
dataset = Images()]],
    setup = epochs(function()
       return data.tensors(images()):map(data.randomCrop(32, 32, 4), data.hflip(), data.normalize(0.5, 0.25))
    end)},
})
