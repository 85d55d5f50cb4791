-- Averages of weights along the way.
local train = require 'train'
local checks = require 'train.fail'
local M = {}

--- train.Average(params [, decay]): an average of weights; made by train.ema and train.swa. Fields: mean, a tensor;
-- count.
local Average = torch.class('train.Average', train)

function Average:__init(params, decay)
   if not torch.isTensor(params) then checks.wrong(decay and 'ema' or 'swa', 1, 'params', 'tensor expected, as from net:getParameters(); got %s',
      torch.type(params)) end
   self.decay, self.count = decay, 0
   self.mean = params:clone()
end

--- average:update(params): takes the weights as they are now into the average.
function Average:update(params)
   self.count = self.count + 1
   local share = self.decay and 1 - self.decay or 1 / self.count
   if self.count == 1 and not self.decay then self.mean:copy(params) else self.mean:mul(1 - share):add(share, params) end
end

--- average:swap(params): exchanges weights and average; called twice, before and after an evaluation, it changes
-- nothing.
function Average:swap(params)
   local kept = params:clone()
   params:copy(self.mean)
   self.mean:copy(kept)
end

--- train.ema(params, decay) -> average: the exponential moving average mean = decay mean + (1 - decay) params, which
-- begins with params.
function M.ema(params, decay)
   checks.check('ema', 2, 'decay', 'number', decay)
   if decay < 0 or decay >= 1 then checks.wrong('ema', 2, 'decay', 'number from 0 to less than 1 expected, got %g', decay) end
   return train.Average(params, decay)
end

--- train.swa(params) -> average: the mean of all weights that update is given. Batch normalization has to see data
-- again before such a net is used.
--
-- Source: Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, 2018.
function M.swa(params) return train.Average(params) end

return M
