module github.com/copytax/copytax/rivals/shmipc

go 1.26.0

require (
	github.com/cloudwego/shmipc-go v0.2.0
	github.com/copytax/copytax v0.0.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0 // indirect
	github.com/bytedance/gopkg v0.0.0-20220817015305-b879a72dc90f // indirect
	github.com/go-ole/go-ole v1.2.6 // indirect
	github.com/power-devops/perfstat v0.0.0-20210106213030-5aafc221ea8c // indirect
	github.com/shirou/gopsutil/v3 v3.22.1 // indirect
	github.com/yusufpapurcu/wmi v1.2.2 // indirect
)

// What is measured against the rivals is the hub as it lies in this checkout.
replace github.com/copytax/copytax => ../..
