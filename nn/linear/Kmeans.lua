-- nn.Kmeans(k, dim [, scale = 1]): the number of the nearest of k centres, rows of weight, for every row of the input.
--
-- Input: N x dim; output: N. The field loss is the sum of squared distances. accGradParameters moves centres to the
-- means of what is nearest to them; scale multiplies its gradient. Fields: weight, k x dim.
--
-- > m = nn.Kmeans(2, 1)
-- > m.weight:copy(torch.Tensor{0, 10});
-- > m:forward(torch.Tensor{{1}, {8}})
--  1
--  2
-- [torch.DoubleTensor of size 2]
local Kmeans, parent = torch.class('nn.Kmeans', 'nn.Module')
Kmeans.__gradOutput = 'any'
local expect = require('nn.check').expect
local wrong = require('nn.check').wrong

function Kmeans:__init(k, dim, scale)
   parent.__init(self)
   self.k, self.dim = k, dim
   self.scale = scale -- of gradients, in place of the one given
   self.weight = torch.Tensor(k, dim)
   self.gradWeight = torch.Tensor(k, dim)
   self.loss = 0
   self.clusterSampleCount = torch.Tensor(k)
   self:reset()
end

function Kmeans:reset(stdv)
   stdv = stdv or 1
   self.weight:uniform(-stdv, stdv)
end

-- squared distances, samples x centres
local function distances(self, input)
   if input:dim() ~= 2 or input:size(2) ~= self.dim then
      wrong('Kmeans', 1, 'input', 'expected input of N x %d, got %s', self.dim, table.concat(input:size():totable(), ' x '))
   end
   local n = input:size(1)
   local d = input.new():resize(n, self.k)
   for i = 1, self.k do
      local diff = input - self.weight:narrow(1, i, 1):expandAs(input)
      d:narrow(2, i, 1):sum(diff:cmul(diff), 2)
   end
   return d
end

--- module:initRandom(input): takes centres from the samples, the rows of input, at random.
function Kmeans:initRandom(input)
   expect(input:dim() == 2 and input:size(2) == self.dim, self, 1, 'input', 'expected N x %d', self.dim)
   expect(input:size(1) >= self.k, self, 1, 'input', 'expected at least as many samples as clusters')
   self.weight:copy(input:index(1, torch.randperm(input:size(1)):narrow(1, 1, self.k):long()))
end

--- module:initKmeansPlus(input [, p = 0.95]): takes centres from the samples, far from each other.
function Kmeans:initKmeansPlus(input, p)
   p = p or self.p or 0.95
   expect(p > 0 and p < 1, self, 2, 'p', 'a number between 0 and 1 expected, got %s', p)
   expect(input:size(1) >= self.k, self, 1, 'input', 'expected at least as many samples as clusters')
   local n = input:size(1)
   self.weight:narrow(1, 1, 1):copy(input:narrow(1, math.random(n), 1))
   local nearest
   for i = 2, self.k do
      local diff = input - self.weight:narrow(1, i - 1, 1):expandAs(input)
      local d = diff:cmul(diff):sum(2):view(-1)
      nearest = nearest and torch.cmin(nearest, d) or d
      local sorted, order = nearest:sort()
      local sum = sorted:cumsum()
      local threshold, at = p * sum[n], 1
      while at < n and sum[at] < threshold do at = at + 1 end
      self.weight:narrow(1, i, 1):copy(input:narrow(1, order[at], 1))
   end
end

function Kmeans:updateOutput(input)
   local min, index = distances(self, input):min(2)
   self.output:resize(input:size(1)):copy(index:view(-1))
   self.loss = min:sum()
   return self.output
end

function Kmeans:updateGradInput(input)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end

function Kmeans:accGradParameters(input, _, scale)
   scale = self.scale or scale or 1
   expect(scale > 0, self, 3, 'scale', 'a number above 0 expected, got %s', scale)
   local to = self.output:long()
   self.clusterSampleCount:zero():indexAdd(1, to, input.new():resize(input:size(1)):fill(1))
   local sums = self.gradWeight.new():resizeAs(self.gradWeight):zero()
   sums:indexAdd(1, to, input)
   for i = 1, self.k do
      local n = self.clusterSampleCount[i]
      local s = scale / (n + 1e-7) -- as Torch7: clusters may be empty
      self.gradWeight[i]:add(s * n, self.weight[i]):add(-s, sums[i])
   end
end

function Kmeans:type(type, tensorCache)
   return parent.type(self, type, tensorCache)
end

function Kmeans:clearState()
   nn.utils.clear(self, 'clusterSampleCount')
   self.clusterSampleCount:resize(self.k):zero()
   return parent.clearState(self)
end
