{{- define "rtl.name" -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "rtl.chosen" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rtl.labels" -}}
{{ include "rtl.chosen" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "rtl.kafka" -}}
{{- if .Values.kafka.strimzi.enabled }}{{ include "rtl.name" . }}-kafka-bootstrap:9092{{ else }}{{ .Values.kafka.bootstrap }}{{ end }}
{{- end }}

{{- define "rtl.secret" -}}
{{- if .Values.secret.existing }}{{ .Values.secret.existing }}{{ else if .Values.secret.values }}{{ include "rtl.name" . }}{{ end }}
{{- end }}

{{- define "rtl.image" -}}
image: {{ if eq .Values.engine.kind "spark" }}{{ .Values.image.sparkRepository }}{{ else }}{{ .Values.image.repository }}{{ end }}:{{ .Values.image.tag | default .Chart.AppVersion }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- /* Whether the Spark operator starts the engine. */}}
{{- define "rtl.operator" -}}
{{- if and (eq .Values.engine.kind "spark") .Values.spark.operator.enabled }}yes{{ end }}
{{- end }}

{{- define "rtl.pod" -}}
automountServiceAccountToken: false
{{ include "rtl.runs" . }}
{{- end }}

{{- /* Of a pod: who it runs as, and what it mounts. */}}
{{- define "rtl.runs" -}}
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
volumes:
  - name: scratch
    emptyDir: {}
  - name: lake
    persistentVolumeClaim:
      claimName: {{ .Values.lake.existingClaim | default (printf "%s-lake" (include "rtl.name" .)) }}
{{- end }}

{{- /* Of a pod that uses the lake: near the others where they have to be. The first finds none, and may start anywhere. */}}
{{- define "rtl.near" -}}
{{- if .Values.lake.oneNode }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "rtl.chosen" . | nindent 12 }}
            rt-lakehouse/lake: used
{{- end }}
{{- end }}

{{- /* Of a container: what it may do, its settings, and where it may write. */}}
{{- define "rtl.container" -}}
{{ include "rtl.image" . }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - configMapRef: {name: {{ include "rtl.name" . }}}
{{- with include "rtl.secret" . }}
  - secretRef: {name: {{ . }}}
{{- end }}
volumeMounts:
  - {name: scratch, mountPath: /tmp}
  - {name: lake, mountPath: /lake}
{{- end }}

{{- /* Who works on a lake holds its lock. */}}
{{- define "rtl.holds" -}}
startupProbe:
  exec: {command: [sh, -c, "! flock -n /lake/_rtl/{{ . }}.lock true"]}
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  exec: {command: [sh, -c, "! flock -n /lake/_rtl/{{ . }}.lock true"]}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end }}

{{- /* The container that copies the tables. Not probed: a store that is away is tried again by itself, and a process that ends is started again. */}}
{{- define "rtl.mirror" -}}
- name: mirror
  {{- include "rtl.container" . | nindent 2 }}
  args: [mirror, {{ .Values.mirror.to | quote }}, --every, {{ .Values.mirror.everySeconds | quote }}]
  resources:
    {{- toYaml .Values.mirror.resources | nindent 4 }}
{{- end }}
