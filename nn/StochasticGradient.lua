-- nn.StochasticGradient(module, criterion): a training loop, one example at a time.
--
-- Its fields are settings: learningRate (0.01), learningRateDecay (0), maxIteration (25; 0: for ever), shuffleIndices (true: in a random
-- order), verbose (true), hookExample(trainer, example) and hookIteration(trainer, iteration, loss), functions that are called after
-- each.
--
-- > trainer = nn.StochasticGradient(nn.Linear(1, 1), nn.MSECriterion())
-- > trainer.learningRate, trainer.maxIteration
-- 0.01	25
local StochasticGradient = torch.class('nn.StochasticGradient')

function StochasticGradient:__init(module, criterion)
   self.learningRate = 0.01
   self.learningRateDecay = 0
   self.maxIteration = 25
   self.shuffleIndices = true
   self.module = module
   self.criterion = criterion
   self.verbose = true
end

--- trainer:train(dataset): goes through the examples, dataset[1] to dataset[dataset:size()], {input, target},
-- maxIteration times, with a step of the parameters after each, and prints the mean loss.
function StochasticGradient:train(dataset)
   if type(dataset) ~= 'userdata' and (type(dataset) ~= 'table' or not dataset.size) then
      require('nn.check').wrong(self, 1, 'dataset', 'table of examples {input, target} with a method size expected, got %s', torch.type(dataset))
   end
   local iteration = 1
   local currentLearningRate = self.learningRate
   local module, criterion = self.module, self.criterion
   local shuffledIndices = torch.randperm(dataset:size(), 'torch.LongTensor')
   if not self.shuffleIndices then
      for t = 1, dataset:size() do shuffledIndices[t] = t end
   end
   print('# StochasticGradient: training')
   while true do
      local currentError = 0
      for t = 1, dataset:size() do
         local example = dataset[shuffledIndices[t]]
         local input, target = example[1], example[2]
         currentError = currentError + criterion:forward(module:forward(input), target)
         module:updateGradInput(input, criterion:updateGradInput(module.output, target))
         module:accUpdateGradParameters(input, criterion.gradInput, currentLearningRate)
         if self.hookExample then self.hookExample(self, example) end
      end
      currentError = currentError / dataset:size()
      if self.hookIteration then self.hookIteration(self, iteration, currentError) end
      if self.verbose then print('# current error = ' .. currentError) end
      iteration = iteration + 1
      currentLearningRate = self.learningRate / (1 + iteration * self.learningRateDecay)
      if self.maxIteration > 0 and iteration > self.maxIteration then
         print('# StochasticGradient: you have reached the maximum number of iterations')
         print('# training error = ' .. currentError)
         break
      end
   end
end
