--- nn.RadialBasis(inputSize, outputSize): units that answer to inputs near their centres.
--
-- Input x of [N x inputSize], or one of [inputSize]; output of [N x outputSize],
--
--    y_j = exp(-exp(width_j) * |x - centre_j|^2),
--
-- from 1 at the centre down to 0. Parameters: weight [outputSize x inputSize], the centres, and bias [outputSize], the widths.
-- Source: Broomhead and Lowe, Multivariable functional interpolation and adaptive networks, 1988.
local RadialBasis, parent = torch.class('nn.RadialBasis', 'nn.Module')

function RadialBasis:__init(inputSize, outputSize)
   parent.__init(self)
   self.weight, self.bias = torch.Tensor(outputSize, inputSize), torch.Tensor(outputSize)
   self.gradWeight, self.gradBias = torch.zeros(outputSize, inputSize), torch.zeros(outputSize)
   self.distance, self.slope = torch.Tensor(), torch.Tensor()
   self:reset()
end

--- module:reset([stdv = 1]): centres at random, normally distributed; all widths the same.
function RadialBasis:reset(stdv)
   self.weight:normal(0, stdv or 1)
   self.bias:fill(-math.log(self.weight:size(2)))
   return self
end

local function as_batch(x) return x:dim() == 1 and x:view(1, -1) or x end

-- |x|^2 - 2 x.c + |c|^2, and not less than 0 by rounding
local function squared_distance(r, x, centres)
   r:mm(x, centres:t()):mul(-2)
   r:add(torch.cmul(x, x):sum(2):expandAs(r))
   return r:add(torch.cmul(centres, centres):sum(2):t():expandAs(r)):clamp(0, math.huge)
end

function RadialBasis:updateOutput(input)
   local x = as_batch(input)
   if x:dim() ~= 2 or x:size(2) ~= self.weight:size(2) then
      error(('nn.RadialBasis: input of N x %d expected, got %s'):format(self.weight:size(2), table.concat(input:size():totable(), ' x ')), 2)
   end
   self.distance:resize(x:size(1), self.weight:size(1))
   squared_distance(self.distance, x, self.weight)
   self.output:exp(-torch.cmul(self.distance, torch.exp(self.bias):view(1, -1):expandAs(self.distance)))
   if input:dim() == 1 then self.output:resize(self.weight:size(1)) end
   return self.output
end

-- d y_j / d x = -2 exp(width_j) y_j (x - centre_j); the factor before (x - centre_j) for every output
local function slopes(self, gradOutput)
   local g, y = as_batch(gradOutput), as_batch(self.output)
   return self.slope:cmul(g, y):cmul(torch.exp(self.bias):view(1, -1):expandAs(g)):mul(-2)
end

function RadialBasis:updateGradInput(input, gradOutput)
   local x, s = as_batch(input), slopes(self, gradOutput)
   self.gradInput:resizeAs(x):cmul(x, s:sum(2):expandAs(x)):addmm(-1, s, self.weight)
   return self.gradInput:viewAs(input)
end

function RadialBasis:accGradParameters(input, gradOutput, scale)
   local x, s = as_batch(input), slopes(self, gradOutput)
   scale = scale or 1
   local sums = s:sum(1):t():expandAs(self.weight)
   self.gradWeight:addcmul(scale, sums, self.weight):addmm(-scale, s:t(), x)
   self.gradBias:add(scale / 2, torch.cmul(s, self.distance):sum(1)) -- d y_j / d width_j = -exp(width_j) y_j distance_j
end

function RadialBasis:clearState()
   nn.utils.clear(self, 'distance', 'slope')
   return parent.clearState(self)
end

function RadialBasis:__tostring__()
   return ('%s(%d -> %d)'):format(torch.type(self), self.weight:size(2), self.weight:size(1))
end
