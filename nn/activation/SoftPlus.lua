-- nn.SoftPlus([beta = 1]): log(1 + exp(beta x)) / beta, a smooth ReLU; x itself where beta x > 20.
--
-- Input: any shape; output: the same, above 0.
--
-- > nn.SoftPlus():forward(torch.Tensor{0, 30})
--   0.6931
--  30.0000
-- [torch.DoubleTensor of size 2]
local SoftPlus, parent = torch.class('nn.SoftPlus', 'nn.Module')

function SoftPlus:__init(beta)
   parent.__init(self)
   self.beta = beta or 1
   self.threshold = 20
end

function SoftPlus:updateOutput(input)
   input.THNN.SoftPlus_updateOutput(input, self.output, self.beta, self.threshold)
   return self.output
end

function SoftPlus:updateGradInput(input, gradOutput)
   input.THNN.SoftPlus_updateGradInput(input, gradOutput, self.gradInput, self.output, self.beta, self.threshold)
   return self.gradInput
end
