"""What a comparison of strategies can claim: paired tests over seeds and data sets, labels saved, and the answer in words."""
